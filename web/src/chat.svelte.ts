// The conversation on the screen and the answer that is being streamed into it.
import { flushSync } from 'svelte';
import { grown, message, newConversation, type ChatEvent, type Conversation, type Progress } from './conversation.ts';
import { ServerError, streamAnswer } from './server.ts';
import { loadAll, remove, save } from './store.ts';

class Chat {
  all = $state.raw<Conversation[]>([]);
  now = $state.raw<Conversation>(newConversation());
  running = $state.raw<AbortController | null>(null);
  progress = $state.raw<{ first: Progress; last: Progress } | null>(null);
  error = $state('');
  key = $state(localStorage.getItem('key') ?? '');
  wantsKey = $state(false);
  #pending: ChatEvent[] = [];
  #frame = 0;

  async open() {
    this.all = await loadAll().catch(() => []);
    if (this.all[0]) this.now = this.all[0];
  }

  start() {
    this.stop();
    this.now = newConversation();
    this.error = '';
  }

  show(conversation: Conversation) {
    this.stop();
    this.now = conversation;
    this.error = '';
  }

  async forget(conversation: Conversation) {
    if (conversation.id === this.now.id) this.start();
    this.all = this.all.filter((one) => one.id !== conversation.id);
    await remove(conversation.id).catch(() => {});
  }

  setKey(key: string) {
    this.key = key;
    this.wantsKey = false;
    localStorage.setItem('key', key);
  }

  /** What has come so far stays in its conversation, whichever is shown next. */
  stop() {
    if (!this.running || this.running.signal.aborted) return;
    this.#paint();
    this.running.abort();
    void this.#keep();
  }

  send = (text: string) => this.#answer([...this.now.messages, message('user', text)]);
  /** Another answer to the question before answer `i`. */
  regenerate = (i: number) => this.#answer(this.now.messages.slice(0, i));
  /** Question `i` in other words; what followed it is dropped. */
  edit = (i: number, text: string) => this.#answer([...this.now.messages.slice(0, i), message('user', text)]);

  async #answer(asked: Conversation['messages']) {
    if (this.running) return;
    const stopper = (this.running = new AbortController());
    const id = this.now.id;
    this.error = '';
    this.progress = null;
    this.now = { ...this.now, changed: Date.now(), messages: [...asked, message('assistant')] };
    await this.#keep();
    const saver = setInterval(() => this.#keep(), 1000);
    try {
      await streamAnswer(asked, this.key, stopper.signal, (events) => this.#take(events));
    } catch (error) {
      if (error instanceof ServerError && error.status === 401) this.wantsKey = true;
      if (!stopper.signal.aborted) this.error = error instanceof TypeError ? 'The server does not answer.' : String((error as Error).message);
    }
    clearInterval(saver);
    if (this.now.id === id) this.#paint();
    this.#pending = [];
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.running = null;
    this.progress = null;
    await this.#keep();
  }

  #take(events: ChatEvent[]) {
    if (this.running?.signal.aborted) return;
    this.#pending.push(...events);
    this.#frame ||= requestAnimationFrame(() => this.#onFrame());
  }

  /** Once a frame, and after a long one as many are left out as leave the page most of the time. */
  #onFrame() {
    const begin = performance.now();
    flushSync(() => this.#paint());
    const wait = 4 * (performance.now() - begin);
    this.#frame = 0;
    if (wait < 16) return;
    this.#frame = -1;
    setTimeout(() => {
      this.#frame = 0;
      if (this.#pending.length) this.#take([]);
    }, wait);
  }

  #paint() {
    const events = this.#pending;
    this.#pending = [];
    if (!events.length) return;
    const last = events.findLast((event) => event.prompt_progress)?.prompt_progress;
    if (last) this.progress = { first: this.progress?.first ?? last, last };
    const before = this.now.messages.slice(0, -1);
    this.now = { ...this.now, messages: [...before, grown(this.now.messages.at(-1)!, events)] };
  }

  async #keep() {
    const now = this.now;
    if (!now.messages.length) return;
    this.all = [now, ...this.all.filter((one) => one.id !== now.id)];
    await save(now).catch(() => {});
  }
}

export const chat = new Chat();
