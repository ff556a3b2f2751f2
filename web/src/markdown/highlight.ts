// Colours for code, as a tree of spans: no HTML is made from text.
import { createLowlight } from 'lowlight';
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';

const lowlight = createLowlight({ bash, cpp, javascript, json, python, rust, sql, typescript, xml });
const longest = 20_000; // characters; more would hold up the page

export type Piece = { value?: string; children?: Piece[]; properties?: { className?: string[] } };

export function highlight(text: string, language: string): Piece[] {
  if (text.length > longest || !lowlight.registered(language)) return [{ value: text }];
  return lowlight.highlight(language, text).children as Piece[];
}
