import { expect, test } from '@jest/globals'
import { clientAddress } from './client-address.ts'

test.each<[string, string, number, string]>([
  ['10.0.0.1', '', 0, '10.0.0.1'],
  ['10.0.0.1', '1.2.3.4', 0, '10.0.0.1'],
  ['10.0.0.1', '1.2.3.4', 1, '1.2.3.4'],
  ['10.0.0.1', '6.6.6.6, 1.2.3.4', 1, '1.2.3.4'],
  ['10.0.0.1', '6.6.6.6, 1.2.3.4', 2, '6.6.6.6'],
  ['10.0.0.1', '', 3, '10.0.0.1'],
  ['::ffff:10.0.0.1', '', 0, '10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '', 0, '2001:db8:1:2::/64'],
  ['2001:db8::1', '', 0, '2001:db8:0:0::/64'],
  ['::1', '', 0, ':0:0:0::/64'],
  ['', 'nonsense', 1, 'nonsense'],
])('SEED-74: %s with %s and %d hops: %s', (connection, forwarded, hops, expected) => {
  expect(clientAddress(connection, forwarded, hops)).toBe(expected)
})
