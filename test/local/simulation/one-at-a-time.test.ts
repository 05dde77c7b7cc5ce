import { oneAtATime } from '../../../local/simulation/one-at-a-time.ts';
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';

describe('runs of a simulated world', () => {
  let began: string[];
  let finish: Map<string, () => void>;
  let runs: ReturnType<typeof oneAtATime<string>>;
  beforeEach(() => {
    began = [];
    finish = new Map();
    runs = oneAtATime<string>((name, day) => {
      began.push(`${name} of ${day}`);
      return new Promise<void>((resolve) => finish.set(name, resolve));
    });
  });
  const finished = async (name: string): Promise<void> => {
    finish.get(name)!();
    await setImmediate();
  };

  it('are one at a time for each loop, and the last that came due meanwhile is next', async () => {
    for (const day of ['Monday', 'Tuesday', 'Wednesday']) runs.ask('fraud/data', day);
    runs.ask('fraud/monitoring', 'Monday');
    assert.deepEqual(began, ['fraud/data of Monday', 'fraud/monitoring of Monday']);
    await finished('fraud/data');
    assert.deepEqual(began.slice(2), ['fraud/data of Wednesday']);
    await finished('fraud/data');
    assert.equal(began.length, 3);
  });

  it('begin no more once the world ends', async () => {
    runs.ask('fraud/data', 'Monday');
    runs.ask('fraud/data', 'Tuesday');
    const ended = runs.end();
    await finished('fraud/data');
    await ended;
    assert.deepEqual(began, ['fraud/data of Monday']);
  });
});
