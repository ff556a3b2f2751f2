// Markdown that grows: blocks that can no longer change are read once, only the last is read again.
import { Lexer, type Token } from 'marked';

export class Blocks {
  done: Token[] = [];
  tail: Token[] = [];
  #text = '';
  #rest = ''; // of the text, after the finished blocks

  /** `text` is the one before and more, or another one. */
  set(text: string) {
    if (!text.startsWith(this.#text)) {
      this.done = [];
      this.#text = this.#rest = '';
    }
    const added = text.slice(this.#text.length);
    this.#text = text;
    this.#rest += added;
    if (added.includes('\n')) this.#finish();
    this.tail = new Lexer().lex(this.#rest);
  }

  /** All blocks of complete lines but the last are finished. */
  #finish() {
    const tokens = new Lexer().lex(this.#rest.slice(0, this.#rest.lastIndexOf('\n') + 1));
    const last = tokens.findLastIndex((token) => token.type !== 'space');
    if (last <= 0) return;
    const finished = tokens.slice(0, last);
    this.done = [...this.done, ...finished];
    this.#rest = this.#rest.slice(finished.reduce((sum, token) => sum + token.raw.length, 0));
  }
}
