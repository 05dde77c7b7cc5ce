import { start } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';

/** What a program with these steps writes where there is no terminal. */
async function written(steps: string): Promise<string[]> {
  const script = `import { createProgress } from './local/progress.ts';
    const { step, sideBySide } = createProgress();
    ${steps}`;
  const program = start(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script]);
  assert.equal(await program.ended, 0, program.stderr());
  assert.equal(program.stdout(), '');
  return program.stderr().trimEnd().split('\n');
}

describe('progress where there is no terminal', () => {
  it('is a line for a short step, with its outcome', async () => {
    const lines = await written(`await step('Tables', async () => 3, (made) => 'Tables: ' + made + ' made');`);
    assert.deepEqual(lines, ['✔ Tables: 3 made']);
  });

  it('names the step of each line, and continues with the others when one fails', async () => {
    const lines = await written(`const results = await sideBySide(2, [
      { title: 'Helm', async work(tell) { tell('fetching 39 MB ...'); throw new Error('no'); } },
      { title: 'SeaweedFS', async work(tell) { tell('fetching 48 MB ...'); } },
      { title: 'Chromium', async work() {} },
    ]);
    console.error(results.map(({ status }) => status).join());`);
    assert.deepEqual(lines.slice(0, -1).sort(), [
      '› Helm: fetching 39 MB ...',
      '› SeaweedFS: fetching 48 MB ...',
      '✔ Chromium',
      '✔ SeaweedFS',
      '✖ Helm',
    ]);
    assert.equal(lines.at(-1), 'rejected,fulfilled,fulfilled');
  });

  it('passes on the failure of a step', async () => {
    const lines = await written(
      `await step('Helm', () => Promise.reject(new Error('no'))).catch(({ message }) => console.error(message));`,
    );
    assert.deepEqual(lines, ['✖ Helm', 'no']);
  });
});
