import { repository } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Lint {
  overrides: {
    files: string[];
    rules: { 'no-restricted-imports'?: [string, { patterns: { regex?: string; allowTypeImports?: boolean }[] }] };
  }[];
}

const textOf = (file: string): string => readFileSync(join(repository, file), 'utf8');
const programs = ['local', 'trials', 'test', 'bench'];

/** What the table of docs/layout.md says, by folder. */
function documented(): Record<string, string[]> {
  const foldersIn = (cell: string): string[] => [...cell.matchAll(/`([a-z]+)\/`/g)].map(([, name]) => name!);
  const rows = [...textOf('docs/layout.md').matchAll(/^\| (`[^|]*) \| [^|]* \| ([^|]*) \|$/gm)];
  return Object.fromEntries(rows.map(([, folder, may]) => [foldersIn(folder!)[0]!, foldersIn(may!).sort()]));
}

/** What lint lets through, by folder: it names those that it refuses. */
function allowed(folders: string[]): Record<string, string[]> {
  const lint = JSON.parse(textOf('.oxlintrc.json').replace(/^\s*\/\/.*$/gm, '')) as Lint;
  const blocks = lint.overrides.filter(({ rules }) => rules['no-restricted-imports']);
  return Object.fromEntries(
    blocks.map(({ files: [files = ''], rules }) => {
      const folder = files.replace('/**', '');
      const refused = rules['no-restricted-imports']![1].patterns.flatMap(
        ({ regex }) => /^\^\(\\\.\\\.\/\)\+\(([a-z|]+)\)\/$/.exec(regex ?? '')?.[1]?.split('|') ?? [],
      );
      const others = folders.filter((each) => each !== folder && !refused.includes(each));
      return [folder, others.sort()];
    }),
  );
}

describe('the layout that the docs draw', () => {
  const { local: _anything, ...table } = documented();

  it('lets each folder import what lint lets it, and nothing else', () => {
    assert.deepEqual(table, allowed([...Object.keys(table), ...programs]));
  });

  it('draws those imports', () => {
    const drawn = textOf('docs/layout.md');
    for (const [folder, may] of Object.entries(table))
      for (const other of may.filter((each) => each !== 'core' && folder !== 'pipelines'))
        assert.match(drawn, new RegExp(`^ *${folder} (-->|-\\. types \\.->|-- messages\\.ts -->) ${other}$`, 'm'));
  });
});
