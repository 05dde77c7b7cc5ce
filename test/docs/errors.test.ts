import { errorCodes } from '../../core/base/errors/errors.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const sections = page.split(/^## /m).slice(1);

describe('the page of errors', () => {
  it('has a section for each code, and no others', () => {
    assert.deepEqual(sections.map((section) => section.split('\n')[0]!).sort(), [...errorCodes].sort());
  });

  it('gives the cause of each error and what to do', () => {
    for (const section of sections) {
      assert.match(section, /^\*\*Cause\.\*\* \S/m, section);
      assert.match(section, /^\*\*What to do\.\*\* \S/m, section);
    }
  });

  it('links only to existing sections', () => {
    const codes = sections.map((section) => section.split('\n')[0]!.toLowerCase());
    const links = [...page.matchAll(/\]\(#(\w+)\)/g)].map(([, target]) => target!);
    assert.ok(links.length > 0);
    assert.deepEqual(
      links.filter((target) => !codes.includes(target)),
      [],
    );
  });
});
