import { alertKinds } from '../../core/alerts/alerts.ts';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

describe("the operator's guide to alerts", () => {
  it('says of each kind when it comes, when it is over, and what to do', async () => {
    const guide = await readFile('docs/guide-operator.md', 'utf8');
    const begin = guide.indexOf('| alert | severity |');
    const rows = guide.slice(begin, guide.indexOf('\n\n', begin)).split('\n').slice(2); // prettier-ignore
    const cells = rows.map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));
    const named = cells.flatMap(([kinds = '']) => [...kinds.matchAll(/`([a-z-]+)`/g)].map(([, kind]) => String(kind)));
    assert.deepEqual(named.toSorted(), alertKinds.toSorted());
    for (const row of cells) assert.ok(row.length === 5 && row.every((cell) => cell !== ''), row.join(' | '));
  });
});
