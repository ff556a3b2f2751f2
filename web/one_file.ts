// Writes the page as the program embeds it: one HTML file, and a header with what the server says of it.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');

/** Only this script and this style run, nothing but this server is asked, and no text becomes HTML. */
const policy = (script: string, style: string) =>
  [
    `default-src 'none'`,
    `script-src 'sha256-${sha256(script)}'`,
    `style-src 'sha256-${sha256(style)}'`,
    `img-src data:`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types svelte-trusted-html`,
  ].join('; ');

export function oneFile(folder: string): Plugin {
  return {
    name: 'one-file',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      let script = '', style = '', html = '';
      for (const part of Object.values(bundle)) {
        if (part.type === 'chunk') script += part.code.trim().replaceAll('</script', '<\\/script');
        else if (part.fileName.endsWith('.css')) style += String(part.source).trim();
        else if (part.fileName.endsWith('.html')) html = String(part.source);
      }
      html = html.replace(/\s*<(script|link)\b[^>]*(assets\/)[^>]*>(<\/script>)?/g, '');
      html = html.replace('</head>', () => `<style>${style}</style></head>`);
      html = html.replace('</body>', () => `<script type="module">${script}</script></body>`);
      writeFileSync(join(folder, 'index.html'), html);
      writeFileSync(
        join(folder, 'built.h'),
        `// Written by \`make page\`.\n#pragma once\n\nnamespace tug {\n\n` +
          `inline constexpr const char* kPageTag = R"(W/"${sha256(html).slice(0, 22)}")";\n` +
          `inline constexpr const char* kPagePolicy =\n    R"(${policy(script, style)})";\n\n}  // namespace tug\n`,
      );
    },
  };
}
