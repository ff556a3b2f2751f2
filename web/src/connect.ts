// How other programs reach this server: the lines that `tug serve` prints, for the address in the browser.

export interface Line {
  name: string;
  text: string;
}

export function connectLines(origin: string, model: string, key: string): Line[] {
  const authorization = key ? ` -H 'Authorization: Bearer ${key}'` : '';
  const provider = `{name="tug",base_url="${origin}/v1",wire_api="responses"${key ? ',env_key="TUG_API_KEY"' : ''}}`;
  return [
    {
      name: 'curl',
      text: `curl ${origin}/v1/chat/completions${authorization} -d '{"messages":[{"role":"user","content":"Hello!"}]}'`,
    },
    {
      name: 'Codex',
      text: `${key ? `TUG_API_KEY=${key} ` : ''}codex -c model_provider=tug -c model=${model} -c 'model_providers.tug=${provider}'`,
    },
    {
      name: 'Claude Code',
      text: `ANTHROPIC_BASE_URL=${origin} ANTHROPIC_AUTH_TOKEN=${key || 'none'} ANTHROPIC_MODEL=${model} claude`,
    },
  ];
}
