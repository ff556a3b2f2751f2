// The server's public API, as far as the page uses it.
import { asRequest, type ChatEvent, type Message } from './conversation.ts';
import { EventReader } from './events.ts';

export class ServerError extends Error {
  constructor(readonly status: number, text: string) {
    super(text);
  }
}

const headers = (key: string): Record<string, string> => (key ? { Authorization: `Bearer ${key}` } : {});

async function ask(path: string, init: RequestInit): Promise<Response> {
  const reply = await fetch(path, init);
  if (reply.ok) return reply;
  const body = await reply.json().catch(() => null);
  throw new ServerError(reply.status, body?.error?.message ?? `The server answered ${reply.status}.`);
}

export async function readModel(key: string): Promise<{ id: string; context_length: number }> {
  const reply = await ask('/v1/models', { headers: headers(key) });
  return (await reply.json()).data[0];
}

/** Streams an answer; `take` gets the events of each piece of the network. */
export async function streamAnswer(
  messages: Message[],
  key: string,
  signal: AbortSignal,
  take: (events: ChatEvent[]) => void,
): Promise<void> {
  const reply = await ask('/v1/chat/completions', {
    method: 'POST',
    headers: { ...headers(key), 'Content-Type': 'application/json' },
    body: JSON.stringify({ messages: asRequest(messages), stream: true, return_progress: true }),
    signal,
  });
  const events = new EventReader();
  const bytes = reply.body!.getReader();
  const text = new TextDecoder();
  let complete = false;
  for (;;) {
    const { done, value } = await bytes.read();
    if (done) break;
    const data = events.add(text.decode(value, { stream: true }));
    complete ||= data.includes('[DONE]');
    take(data.filter((one) => one !== '[DONE]').map((one) => JSON.parse(one)));
  }
  if (!complete) throw new Error('The connection broke before the answer was complete.');
}
