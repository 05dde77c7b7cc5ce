import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

describe('docs/how-it-works.md', () => {
  const root = new URL('../../', import.meta.url);
  const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

  it('shows the code of loops as it is', () => {
    const loops = readdirSync(new URL('workflows/', root))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => read(`workflows/${name}`));
    const shown = [...read('docs/how-it-works.md').matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => code);
    assert.ok(shown.length > 0);
    for (const code of shown)
      assert.ok(
        loops.some((loop) => loop.includes(code)),
        `no loop has:\n${code}`,
      );
  });
});
