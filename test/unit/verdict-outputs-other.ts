/** What test runners really print for one failing cart, as `runOnCommit` hands it on. Recorded. */

/** unittest -v */
export const UNITTEST = `test_empty (test_cart.CartTest.test_empty) ... ok
test_error (test_cart.CartTest.test_error) ... ERROR
test_sum (test_cart.CartTest.test_sum) ... FAIL

======================================================================
ERROR: test_error (test_cart.CartTest.test_error)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "./test_cart.py", line 6, in test_error
    def test_error(self): total(None)
                          ^^^^^^^^^^^
  File "./cart.py", line 3, in total
    for i in items: t = i
TypeError: 'NoneType' object is not iterable

======================================================================
FAIL: test_sum (test_cart.CartTest.test_sum)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "./test_cart.py", line 5, in test_sum
    def test_sum(self): self.assertEqual(total([1, 2]), 3)
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
AssertionError: 2 != 3

----------------------------------------------------------------------
Ran 3 tests in 0.001s

FAILED (failures=1, errors=1)
`;

/** pytest */
export const PYTEST = `============================= test session starts ==============================
platform linux -- Python 3.11.7, pytest-9.2.0, pluggy-1.7.0
rootdir: .
collected 3 items

test_cart.py .FF                                                         [100%]

=================================== FAILURES ===================================
_____________________________ CartTest.test_error ______________________________

self = <test_cart.CartTest testMethod=test_error>

>   def test_error(self): total(None)
                          ^^^^^^^^^^^

test_cart.py:6: 
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ 

items = None

    def total(items):
        t = 0
>       for i in items: t = i
E       TypeError: 'NoneType' object is not iterable

cart.py:3: TypeError
______________________________ CartTest.test_sum _______________________________

self = <test_cart.CartTest testMethod=test_sum>

>   def test_sum(self): self.assertEqual(total([1, 2]), 3)
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
E   AssertionError: 2 != 3

test_cart.py:5: AssertionError
=========================== short test summary info ============================
FAILED test_cart.py::CartTest::test_error - TypeError: 'NoneType' object is n...
FAILED test_cart.py::CartTest::test_sum - AssertionError: 2 != 3
========================= 2 failed, 1 passed in 0.06s ==========================
`;

/** go test -v */
export const GO = `=== RUN   TestEmpty
--- PASS: TestEmpty (0.00s)
=== RUN   TestSum
=== RUN   TestSum/two
    cart_test.go:4: Total = 2, want 3
--- FAIL: TestSum (0.00s)
    --- FAIL: TestSum/two (0.00s)
FAIL
FAIL	cart	0.017s
FAIL
`;

/** cargo test */
export const CARGO = `   Compiling cart v0.1.0 (.)
    Finished \`test\` profile [unoptimized + debuginfo] target(s) in 1.43s
     Running unittests src/lib.rs (target/debug/deps/cart-cc34d4ae7363b857)

running 2 tests
test tests::empty ... ok
test tests::sums ... FAILED

failures:

---- tests::sums stdout ----

thread 'tests::sums' (13235) panicked at src/lib.rs:2:110:
assertion \`left == right\` failed
  left: 2
 right: 3
stack backtrace:
   0: __rustc::rust_begin_unwind
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/panicking.rs:689:5
   1: core::panicking::panic_fmt
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/panicking.rs:80:14
   2: core::panicking::assert_failed_inner
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/panicking.rs:439:17
   3: core::panicking::assert_failed::<i32, i32>
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/panicking.rs:394:5
   4: cart::tests::sums
             at ./src/lib.rs:2:110
   5: cart::tests::sums::{{closure}}
             at ./src/lib.rs:2:107
   6: core::ops::function::FnOnce::call_once
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/ops/function.rs:250:5
   7: <fn() -> core::result::Result<(), alloc::string::String> as core::ops::function::FnOnce<()>>::call_once
             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/ops/function.rs:250:5
note: Some details are omitted, run with \`RUST_BACKTRACE=full\` for a verbose backtrace.


failures:
    tests::sums

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.24s

error: test failed, to rerun pass \`--lib\`
`;

/** jest */
export const JEST = `FAIL ./cart.test.js
  ● cart › sums

    expect(received).toBe(expected) // Object.is equality

    Expected: 3
    Received: 2

      1 | const { total } = require('./cart.js');
    > 2 | describe('cart', () => { it('is empty', () => expect(total([])).toBe(0)); it('sums', () => expect(total([1,2])).toBe(3)); it('throws', () => { total(null); }); });
        |                                                                                                                 ^
      3 |

      at Object.toBe (cart.test.js:2:113)

  ● cart › throws

    TypeError: items is not iterable

    > 1 | module.exports.total = function(items) { let t = 0; for (const i of items) t = i; return t; }
        |                                                                     ^
      2 |

      at items (cart.js:1:69)
      at Object.total (cart.test.js:2:144)

PASS ./ok.test.js

Test Suites: 1 failed, 1 passed, 2 total
Tests:       2 failed, 2 passed, 4 total
Snapshots:   0 total
Time:        0.626 s
Ran all test suites.
`;

/** vitest run */
export const VITEST = `
 RUN  v4.1.12 .

 ❯ v/cart.test.mjs (3 tests | 2 failed) 17ms
     ✓ is empty 3ms
     × sums 10ms
     × throws 2ms

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 2 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  v/cart.test.mjs > cart > sums
AssertionError: expected 2 to be 3 // Object.is equality

- Expected
+ Received

- 3
+ 2

 ❯ v/cart.test.mjs:2:113
      1| import { total } from './cart.mjs'; import { describe, it, expect } fr…
      2| describe('cart', () => { it('is empty', () => expect(total([])).toBe(0…
       |                                                                                                                 ^
      3|

⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/2]⎯

 FAIL  v/cart.test.mjs > cart > throws
TypeError: items is not iterable
 ❯ total v/cart.mjs:1:59
      1| export function total(items) { let t = 0; for (const i of items) t = i…
       |                                                           ^
      2|
 ❯ v/cart.test.mjs:2:144

⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[2/2]⎯


 Test Files  1 failed (1)
      Tests  2 failed | 1 passed (3)
   Start at  23:13:53
   Duration  437ms (transform 43ms, setup 0ms, import 63ms, tests 17ms, environment 0ms)

`;
