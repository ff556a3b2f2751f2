import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { oneFile } from './one_file.ts';

export default defineConfig({
  plugins: [svelte(), oneFile('../src/server/page')],
  build: { modulePreload: false, target: 'es2022' },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
});
