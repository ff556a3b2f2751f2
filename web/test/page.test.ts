import { Lexer } from 'marked';
import { expect, test } from 'vitest';
import { connectLines } from '../src/connect.ts';
import { grown, message, timeLeft } from '../src/conversation.ts';
import { EventReader } from '../src/events.ts';
import { Blocks } from '../src/markdown/blocks.ts';
import { plain, safeLink } from '../src/markdown/text.ts';

const text = [
  '# Title', 'Some **bold** text\nover two lines.', '- a\n- b\n\n- c\n  more', '1. one\n\n2. two', '```js\nlet a = 1;\n\nlet b;\n```',
  '| a | b |\n|---|---|\n| 1 | 2 |', '<script>\nalert(1)\n</script>', 'Setext\n---', '> quoted\nlazily', 'The end',
].join('\n\n');

test('Markdown that grew piece by piece is what it is at once', () => {
  const whole = new Lexer().lex(text).filter((token) => token.type !== 'space');
  for (let step = 1; step < 40; step++) {
    const blocks = new Blocks();
    for (let end = step; end < text.length + step; end += step) blocks.set(text.slice(0, end));
    const grownBlocks = [...blocks.done, ...blocks.tail].filter((token) => token.type !== 'space');
    expect(grownBlocks.map(({ type, raw }) => [type, raw.trim()])).toEqual(whole.map(({ type, raw }) => [type, raw.trim()]));
  }
});

test('Events are complete lines, however they are cut', () => {
  const stream = ': hello\n\ndata: {"a":1}\r\n\ndata: [DONE]\n\n';
  for (let cut = 0; cut <= stream.length; cut++) {
    const reader = new EventReader();
    expect([...reader.add(stream.slice(0, cut)), ...reader.add(stream.slice(cut))]).toEqual(['{"a":1}', '[DONE]']);
  }
});

test('An answer grows by text, reasoning and calls', () => {
  const delta = (part: object) => ({ choices: [{ delta: part, finish_reason: null }] });
  const call = (part: object) => delta({ tool_calls: [{ index: 0, function: part }] });
  const events = [delta({ reasoning_content: 'Hm' }), delta({ content: 'Yes' }), call({ name: 'f', arguments: '{' }), call({ arguments: '}' })];
  const answer = grown(message('assistant'), events);
  expect([answer.reasoning, answer.text, answer.calls]).toEqual(['Hm', 'Yes', [{ name: 'f', arguments: '{}' }]]);
  expect(grown(answer, [{ timings: { predicted_n: 9, predicted_per_second: 31.2 } }]).note).toBe('31 tok/s');
});

test('Time left goes by the tokens read so far', () => {
  const at = (processed: number, time_ms: number) => ({ total: 1000, cache: 0, processed, time_ms });
  expect(timeLeft(at(0, 500), at(250, 5500))).toBe('about 15 s left');
  expect(timeLeft(at(0, 500), at(0, 900))).toBe('');
});

test('Links lead to the web alone, entities are characters', () => {
  expect(safeLink('javascript:alert(1)')).toBe('');
  expect(safeLink('https://example.org')).toBe('https://example.org');
  expect(plain('a &lt;b&gt; &#65; &nonsense; &#xffffff;')).toBe('a <b> A &nonsense; &#xffffff;');
});

test('Lines to connect have the address, the model and the key', () => {
  const lines = connectLines('http://127.0.0.1:9', 'demo', 'secret').map((line) => line.text);
  for (const line of lines) expect(line).toContain('http://127.0.0.1:9');
  for (const line of lines) expect(line).toContain('secret');
});
