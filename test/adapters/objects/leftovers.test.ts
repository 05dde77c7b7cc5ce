import { ownName, workFolder } from '../../../adapters/objects/leftovers.ts';
import { folderPerTest } from '../../support/folders.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const leftovers = new URL('../../../adapters/objects/leftovers.ts', import.meta.url).href;

describe('what killed processes left in a folder of unfinished work', () => {
  const folder = folderPerTest();

  /** A name as another process makes it, which has ended by now. */
  async function nameOfTheDead(): Promise<string> {
    const code = `import { ownName } from '${leftovers}'; process.stdout.write(ownName());`;
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
    return stdout;
  }

  it('is removed when the folder is used next, files and folders alike, while work of running processes stays', async () => {
    const [file, own, mine] = [await nameOfTheDead(), await nameOfTheDead(), ownName()];
    await writeFile(join(folder(), file), 'half');
    await mkdir(join(folder(), own, 'deep'), { recursive: true });
    await writeFile(join(folder(), mine), 'half');

    await workFolder(folder())();

    assert.deepEqual(await readdir(folder()), [mine]);
  });

  it('stays while its process lives, however old it is', async () => {
    const mine = ownName();
    await writeFile(join(folder(), mine), '');
    const longAgo = new Date(Date.now() - 30 * 86_400_000);
    await utimes(join(folder(), mine), longAgo, longAgo);

    await workFolder(folder())();

    assert.deepEqual(await readdir(folder()), [mine]);
  });

  it('stays when it comes from another machine, whose processes are unknown here', async () => {
    const elsewhere = (await nameOfTheDead()).replace(/^(\d+-\d*)-[0-9a-f]{8}-/, '$1-00000000-');
    await writeFile(join(folder(), elsewhere), 'half');

    await workFolder(folder())();

    assert.deepEqual(await readdir(folder()), [elsewhere]);
  });

  it('is removed even if another process has been given the same id since', async () => {
    const of = (name: string) => /^(\d+)-(\d*)-(.*)$/.exec(name)!;
    const [, pid = '', started = '', rest = ''] = of(ownName());
    await writeFile(join(folder(), `${pid}-${Number(started) - 1}-${rest}`), 'half');

    await workFolder(folder())();

    assert.deepEqual(await readdir(folder()), []);
  });
});
