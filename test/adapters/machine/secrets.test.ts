import { createSecrets } from '../../../adapters/machine/secrets.ts';
import assert from 'node:assert/strict';

describe('secrets', () => {
  it('are read from the environment by name', () => {
    assert.equal(createSecrets({ SHOP_DB_URL: 'postgres://shop' }).read({ env: 'SHOP_DB_URL' }), 'postgres://shop');
  });

  it('are named when they are missing or empty', () => {
    const secrets = createSecrets({ EMPTY: '' });
    assert.throws(() => secrets.read({ env: 'SHOP_DB_URL' }), {
      code: 'SECRET_MISSING',
      message: /SHOP_DB_URL is not set/,
    });
    assert.throws(() => secrets.read({ env: 'EMPTY' }), { code: 'SECRET_MISSING', message: /EMPTY is empty/ });
  });
});
