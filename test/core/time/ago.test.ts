import { ago } from '../../../core/time/ago.ts';
import { after } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

describe('how long ago something was', () => {
  const NOW = '2026-03-01T00:00:00.000Z';

  it('is said in the largest unit that still tells', () => {
    const passed = ['0 seconds', '59 seconds', '61 seconds', '119 minutes', '47 hours', '48 hours', '10 days'];
    assert.deepEqual(
      passed.map((duration) => ago(NOW, after(NOW, duration))),
      ['just now', 'just now', '1 min ago', '1 h ago', '47 h ago', '2 days ago', '10 days ago'],
    );
    assert.equal(ago(after(NOW, '1 hour'), NOW), 'just now', 'clocks may differ');
  });
});
