import { type Verbs } from '../../client/command.ts';
import { everyday, nouns } from '../../client/commands/index.ts';
import { overview } from '../../client/help.ts';
import { perennial } from '../support/fake-operations.ts';
import { repository } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const all = Object.entries<Verbs>(nouns).flatMap(([noun, verbs]) =>
  Object.entries(verbs).map(([verb, { example }]) => ({ noun, verb, example })),
);

function assertFits(screen: string): void {
  const lines = screen.trimEnd().split('\n');
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  assert.ok(Math.max(...lines.map((line) => line.length)) <= 80, screen);
}

describe('the help of perennial', () => {
  it('shows everyday commands, and all by their nouns, on a screen of 24 lines by 80 columns, and ends with 0', async () => {
    const { code, out, closed } = await perennial(['--help']);
    assert.deepEqual({ code, closed }, { code: 0, closed: 0 });
    assertFits(out);
    for (const verb of Object.keys(everyday))
      assert.match(out, new RegExp(`^  (${verb} +[A-Z]|and alone .*\\b${verb}\\b)`, 'm'));
    // A line that is full says so; the noun's own help has the rest.
    for (const { noun, verb } of all) assert.match(out, new RegExp(`^  ${noun} .*(\\b${verb}\\b|, \\.\\.\\.$)`, 'm'));
    assert.deepEqual(await perennial([]), { code, out, err: '', closed: 0 });
    assert.deepEqual(await perennial(['help']), { code, out, err: '', closed: 0 });
  });

  it('still fits that screen with thirty commands more', () => {
    const { list: verb } = nouns.alerts;
    const more = (count: number, than: Verbs = {}): Verbs =>
      Object.fromEntries([...Object.entries(than), ...Array.from({ length: count }, (_, i) => [`imagine${i}`, verb])]);
    const grown = Object.fromEntries(Object.entries<Verbs>(nouns).map(([noun, verbs]) => [noun, more(2, verbs)]));
    const crowd = { ...grown, experiments: more(10, nouns.experiments) };
    const count = (of: Record<string, Verbs>): number => Object.values(of).flatMap((verbs) => Object.keys(verbs)).length; // prettier-ignore
    assert.ok(count(crowd) >= all.length + 30);
    assertFits(overview(crowd, everyday));
  });

  it('has room on a line for as many verbs as fit, and says that there are more', () => {
    const { list: verb } = nouns.alerts;
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`imagine${i}`, verb]));
    const line = overview({ many }, {}).split('\n').find((each) => each.startsWith('  many'))!; // prettier-ignore
    assert.ok(line.length <= 80);
    assert.match(line, /imagine0, imagine1, .*imagine\d, \.\.\.$/);
  });

  for (const [noun, verbs] of Object.entries<Verbs>(nouns))
    it(`shows the verbs of ${noun} with their summaries`, async () => {
      const { code, out, err } = await perennial(['help', noun]);
      assert.deepEqual({ code, err }, { code: 0, err: '' });
      assertFits(out);
      const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/));
      for (const [verb, { summary }] of Object.entries(verbs)) assert.ok(lines.some((line) => line.join() === [verb, summary].join()), out); // prettier-ignore
      assert.match(out, new RegExp(`"perennial ${noun}" alone is "perennial ${noun} ${Object.keys(verbs)[0]}"`));
      assert.deepEqual(await perennial([noun, '--help']), { code, out, err, closed: 0 });
    });

  for (const { noun, verb, example } of all)
    it(`shows the usage of ${noun} ${verb}, with an example that is a command line`, async () => {
      const { code, out } = await perennial(['help', noun, verb]);
      assert.equal(code, 0);
      assert.match(out, new RegExp(`^Usage: perennial ${noun} ${verb}`));
      const line = `perennial ${noun} ${verb} ${example}`.trimEnd();
      assert.ok(out.endsWith(`Example:\n  ${line}\n`), out);
      const words = line.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ''));
      // Whatever comes of it: the line itself is right, or it would end with 2.
      const { code: ended } = await perennial(words.slice(1)).catch(() => ({ code: 0 }));
      assert.notEqual(ended, 2);
    });

  it('shows the usage of an everyday command without its noun too', async () => {
    const { out } = await perennial(['help', 'rollback']);
    assert.match(out, /^Usage: perennial rollback /);
    assert.match(out, /Example:\n {2}perennial rollback fraud --reason/);
  });

  for (const [line, nearest] of [
    [['alrets'], 'alerts'],
    [['stauts', 'fraud'], 'status'],
    [['help', 'alrets'], 'alerts'],
    [['alerts', 'resovle', '3fa9c1d2'], 'resolve'],
    [['alerts', 'silense', '3fa9c1d2', '--until', '2026-01-12'], 'silence'],
    [['models', 'promot', 'fraud', 'v3'], 'promote'],
  ] as const)
    it(`suggests ${nearest} for ${line.join(' ')}, and ends with 2`, async () => {
      const { code, out, err, closed } = await perennial([...line]);
      assert.deepEqual({ code, out, closed }, { code: 2, out: '', closed: 0 });
      assert.match(err, new RegExp(`^error: unknown command '\\w+'\\n\\(Did you mean ${nearest}\\?\\)`));
    });

  it('says where something is that has no command of its name', async () => {
    const { code, err } = await perennial(['drift', 'fraud']);
    assert.equal(code, 2);
    assert.match(err, /^error: unknown command 'drift'[^]*\(Did you mean report PIPELINE\?\)/);
  });

  it('knows every file of client/commands', () => {
    const files = readdirSync(join(repository, 'client/commands'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('index.ts'))
      .toSorted();
    assert.deepEqual(files, all.map(({ noun, verb }) => join(noun, `${verb}.ts`)).toSorted());
  });
});
