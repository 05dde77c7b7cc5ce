'use strict';
// Mocha's usual words, and its own counts as one plain line in a file for those who read only the end.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const skipped = pending > 0 ? `, ${pending} skipped` : '';
      writeFileSync(options.reporterOptions.counts, `${passes} passed, ${failures} failed${skipped}\n`);
    });
  }
};
