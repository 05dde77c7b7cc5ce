import { messageOf, UserError } from '../../../../core/base/errors/errors.ts';
import { hide, printable, shown } from '../../../../core/base/errors/shown.ts';
import assert from 'node:assert/strict';

describe('shown text', () => {
  it('never contains a secret that was read, however it is written', () => {
    hide('postgres://ada:pa%24%24-w0rd-1@db.example.com/shop');
    hide('token "with" quotes & more');
    assert.equal(shown('at postgres://ada:pa%24%24-w0rd-1@db.example.com/shop!'), 'at ***!');
    assert.equal(shown('its password is pa$$-w0rd-1'), 'its password is ***');
    assert.equal(shown(`said ${JSON.stringify({ sent: 'token "with" quotes & more' })}`), 'said {"sent":"***"}');
    assert.equal(shown(encodeURIComponent('token "with" quotes & more')), '***');
    assert.equal(new UserError('RUN_FAILED', 'it was pa$$-w0rd-1').message, 'it was ***');
    assert.equal(messageOf(new Error('it was pa$$-w0rd-1')), 'it was ***');
  });

  it('contains no remainder of a secret that begins like another', () => {
    hide('prefix-0815');
    hide('prefix-0815-and-more');
    assert.equal(shown('it is prefix-0815-and-more'), 'it is ***');
  });

  it('keeps ordinary words, even where somebody made one a password', () => {
    hide('postgres://perennial:perennial@db/perennial');
    assert.equal(shown('perennial apply'), 'perennial apply');
  });

  it('keeps an address that holds no secret', () => {
    hide('https://api.internal.example.com:8443/');
    assert.equal(
      shown('https://api.internal.example.com:8443/ does not answer'),
      'https://api.internal.example.com:8443/ does not answer',
    );
  });

  it('contains nothing that a terminal would obey', () => {
    assert.equal(printable('red \x1b[31m\x9b2J\u202e\r\x07'), 'red \\u001b[31m\\u009b2J\\u202e\\u000d\\u0007');
    assert.equal(printable('two\n\tlines, caf\u00e9'), 'two\n\tlines, caf\u00e9');
    assert.deepEqual(JSON.parse(printable(JSON.stringify({ a: '\x7f\x9b' }))), { a: '\x7f\x9b' });
  });

  it('contains no password and no query of an address that a driver names', () => {
    assert.equal(messageOf(new Error('smtp://ada:secret@mail:25 refused')), 'smtp://***@mail:25 refused');
    assert.equal(messageOf('"https://api.example.com/v1?key=k1&x=2" moved'), '"https://api.example.com/v1?***" moved');
  });

  it('contains no part of a secret where a long text is cut', () => {
    const secret = 'Zq7-Yw5-Xv3-Wu1-Vt9-Us8-Tr6-Sq4-Rp2';
    hide(secret);
    for (let behind = 300; behind < 4_200; behind += 7) {
      for (const text of [
        `${'x'.repeat(9_000)}${secret}${'y'.repeat(behind)}`,
        `${'x'.repeat(behind)}${secret}${'y'.repeat(9_000)}`,
      ])
        assert.doesNotMatch(shown(text), /Vt9|Us8|Zq7|Rp2/, String(behind));
    }
  });

  it('keeps the parts of a query that are not secret', () => {
    hide('postgres://ada:pa%24%24-w0rd-2@db.example.com/shop?sslmode=verify-full&api_key=k3y-0f-th3-sh0p');
    assert.equal(shown('sslmode=verify-full, k3y-0f-th3-sh0p'), 'sslmode=verify-full, ***');
  });

  it('is never long, and ends with the advice of the message', () => {
    const long = shown(`It begins so. ${'x'.repeat(3_000_000)} Fix it.`);
    assert.ok(long.length <= 2_000, String(long.length));
    assert.match(long, /^It begins so\. x+ \.\.\. \(\d+ letters\) \.\.\. x+ Fix it\.$/);
    assert.ok(new UserError('RUN_FAILED', 'y'.repeat(5_000)).message.length <= 2_000);
    assert.ok(messageOf('z'.repeat(5_000)).length <= 2_000);
  });
});
