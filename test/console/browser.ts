import { chromiumHere, HOW_TO_GET_CHROMIUM } from '../../local/toolchain/tools/chromium.ts';
import { type Door } from '../../operations/index.ts';
import { aServer, aServingWorld, cleanUp } from '../server/fakes.ts';
import { skip } from '../support/skipped.ts';
import assert from 'node:assert/strict';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export interface Visitor {
  page: Page;
  address: string;
}

/** A Chromium for the tests of one file; each visit is a browser context of its own. Without one they are skipped. */
export function visits() {
  let browser: Browser;
  /** What a page complained about. */
  let complaints: string[] = [];

  before(async function () {
    const executablePath = chromiumHere();
    if (executablePath === null) skip(this, 'the console was not tested in a browser', HOW_TO_GET_CHROMIUM);
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []; // its sandbox refuses the administrator
    browser = await chromium.launch({ executablePath, args });
  });
  after(() => browser?.close());
  beforeEach(() => void (complaints = []));
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    await cleanUp();
    assert.deepEqual(complaints, [], 'the browser complained');
  });

  return async function visit(
    operations: Door,
    { keys = [], ...options }: BrowserContextOptions & { keys?: string[] } = {},
  ): Promise<Visitor> {
    const { app } = await aServer(aServingWorld(), { operations, keys });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const context = await browser.newContext({ baseURL: address, viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    return { page, address };
  };
}
