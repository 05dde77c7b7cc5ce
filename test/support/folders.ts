import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own for each test of the suite around this call, gone after the test. */
export function folderPerTest(): () => string {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'perennial-test-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}
