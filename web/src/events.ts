// Server-sent events: the data of each, however the bytes are cut.

/** Collects text and gives the data of the events that are complete. */
export class EventReader {
  #rest = '';

  add(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    return lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6).trimEnd());
  }
}
