import { repository } from './programs.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Tutorial {
  /** The commands of each `sh` block. */
  commands: string[][];
  /** The `ts` blocks: the declaration, then pairs of a piece of it and what takes its place. */
  declaration: string;
  changes: { from: string; to: string }[];
  /** What an editor needs to know the types. */
  tsconfig: string;
}

/** What a reader of docs/tutorial.md types, with the folder of the page exchanged for another. */
export function readTutorial(folder: string): Tutorial {
  const page = readFileSync(join(repository, 'docs/tutorial.md'), 'utf8').replaceAll('~/bikes', folder);
  const blocks = (kind: string): string[] =>
    [...page.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block!);
  const [declaration = '', ...pieces] = blocks('ts');
  const changes = pieces.flatMap((from, i) => (i % 2 === 0 ? [{ from, to: pieces[i + 1]! }] : []));
  const [tsconfig = ''] = blocks('json').map((block) => block.replace('/path/to/perennial/', repository));
  return { commands: blocks('sh').map((block) => block.trim().split('\n')), declaration, changes, tsconfig };
}
