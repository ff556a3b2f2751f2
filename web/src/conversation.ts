// What has been said, and how a stream adds to it.

export interface ToolCall {
  name: string;
  arguments: string;
}

export interface Message {
  role: 'user' | 'assistant';
  text: string;
  reasoning: string;
  calls: ToolCall[];
  note: string; // why it ended early, or how fast it was
}

export interface Progress {
  total: number;
  cache: number;
  processed: number;
  time_ms: number;
}

export interface Conversation {
  id: string;
  changed: number;
  messages: Message[];
}

export const message = (role: Message['role'], text = ''): Message => ({ role, text, reasoning: '', calls: [], note: '' });

export const newConversation = (): Conversation => ({ id: crypto.randomUUID?.() ?? String(Math.random()), changed: Date.now(), messages: [] });

export const title = (conversation: Conversation) => conversation.messages[0]?.text.slice(0, 60) || 'New conversation';

/** One event of a chat completion's stream, as far as the page reads it. */
export interface ChatEvent {
  choices?: {
    delta: {
      content?: string | null;
      reasoning_content?: string;
      tool_calls?: { index: number; function: { name?: string; arguments: string } }[];
    };
    finish_reason: string | null;
  }[];
  prompt_progress?: Progress;
  timings?: { predicted_n: number; predicted_per_second: number };
  error?: { message: string };
}

/** The answer with what the events add to it. */
export function grown(answer: Message, events: ChatEvent[]): Message {
  const next = { ...answer, calls: answer.calls.map((call) => ({ ...call })) };
  for (const event of events) {
    if (event.error) next.note = event.error.message;
    if (event.timings) next.note = speedLine(event.timings.predicted_per_second);
    const choice = event.choices?.[0];
    if (!choice) continue;
    next.text += choice.delta.content ?? '';
    next.reasoning += choice.delta.reasoning_content ?? '';
    for (const piece of choice.delta.tool_calls ?? []) {
      const call = (next.calls[piece.index] ??= { name: '', arguments: '' });
      call.name += piece.function.name ?? '';
      call.arguments += piece.function.arguments;
    }
    if (choice.finish_reason === 'length') next.note += ' · the longest answer that fits';
  }
  return next;
}

/** "31 tok/s". The share of what the machine can do, and what limits it, belong here once the server tells them. */
export const speedLine = (rate: number) => (rate > 0 ? `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} tok/s` : '');

/** "about 12 s left", from the rate since the first progress event. */
export function timeLeft(first: Progress, now: Progress): string {
  const read = now.processed - first.processed;
  if (read <= 0) return '';
  const seconds = (((now.time_ms - first.time_ms) / read) * (now.total - now.processed)) / 1000;
  return seconds < 1 ? '' : `about ${seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`} left`;
}

/** The conversation as the server takes it. */
export const asRequest = (messages: Message[]) =>
  messages
    .filter((one) => one.role === 'user' || one.text)
    .map(({ role, text }) => ({ role, content: text }));
