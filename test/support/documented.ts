import { repository } from './processes/programs.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DocumentedCommand {
  file: string;
  command: string;
}

/** Every command of every `sh` block in the README and the docs: what a reader will type. */
export function documentedCommands(): DocumentedCommand[] {
  const docs = readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return ['README.md', 'CONTRIBUTING.md', ...docs].flatMap((file) =>
    [...readFileSync(join(repository, file), 'utf8').matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) =>
      block!
        .replaceAll(/\\\n */g, '') // a long one continues on the next line
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((command) => ({ file, command })),
    ),
  );
}
