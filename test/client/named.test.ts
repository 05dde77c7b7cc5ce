import { respelled } from '../../client/former.ts';
import { perennial } from '../support/fake-operations.ts';
import { repository } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const texts = ['*.ts', '*.md', '*.txt', '*.yaml', '*.yml', '.env.example', ':!test', ':!client/former.ts'];

/** Commands in errors, alerts, pages and documents, each to the end of its quotes, brackets or sentence. */
function named(): { file: string; line: string }[] {
  const files = execFileSync('git', ['ls-files', ...texts], { cwd: repository, encoding: 'utf8' })
    .trim()
    .split('\n');
  return files.flatMap((file) =>
    [
      ...readFileSync(join(repository, file), 'utf8')
        .replaceAll(/\$\{[^}]*\}/g, 'NAME')
        .matchAll(/(?:[`"(]|: |npx )perennial ([a-z][^`"()\\\n]*)/g),
    ]
      .map(([, line]) => ({ file, line: line!.split(/[.,;:](?: |$)|'(?:[,;]|$)/)[0]!.trim() }))
      // Not a command by its name, nor what helps with any.
      .filter(({ line }) => line !== 'approve' && !line.startsWith('help NAME')),
  );
}

describe('the commands that texts name', () => {
  const all = named();

  it('exist', () => assert.ok(all.length > 60, `${all.length}`));

  it("are today's, and none in the spelling of the last release", () => {
    for (const { file, line } of all)
      respelled(line.split(' '), (words) => assert.fail(`${file}: perennial ${line}. ${words}`));
  });

  it('are command lines, or the beginning of one', async () => {
    for (const { file, line } of all) {
      const { code, err } = await perennial(line.split(' ')).catch(() => ({ code: 0, err: '' }));
      if (code === 2)
        assert.match(
          err,
          /missing required argument|required option|argument missing/,
          `${file}: perennial ${line}. ${err}`,
        );
    }
  });
});
