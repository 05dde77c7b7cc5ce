import { repository } from './support/processes/programs.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// CONTRIBUTING.md, "Words", shows what to write instead, and quotes SECURITY.md's tests by their titles.
const texts = ['*.ts', '*.md', '*.yaml', '*.yml', '.env.example', ':!test', ':!CONTRIBUTING.md'];
const refused = /\b(mend(s|ed|ing)?|go(es)? on|who(m)?ever|at one go|shall)\b/i;

describe('the words of code, messages and documents', () => {
  it('are none of those that CONTRIBUTING.md replaces', () => {
    const files = execFileSync('git', ['ls-files', ...texts], { cwd: repository, encoding: 'utf8' })
      .trim()
      .split('\n');
    assert.ok(files.length > 300);
    const found = files.flatMap((file) =>
      readFileSync(join(repository, file), 'utf8')
        .split('\n')
        .flatMap((line, i) => (refused.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    );
    assert.deepEqual(found, []);
  });
});
