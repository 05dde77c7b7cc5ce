import { machineIn } from '../../wiring/settings.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';

describe("the user's cache folder", () => {
  it('follows XDG_CACHE_HOME', () => {
    assert.equal(machineIn({ XDG_CACHE_HOME: '/somewhere' }).cacheFolder, join('/somewhere', 'perennial'));
  });
});
