/** What test runners really print for one failing cart, as `runOnCommit` hands it on. Recorded. */

/** node:test into a pipe (TAP) */
export const TAP = `TAP version 13
# Subtest: cart
    # Subtest: is empty
    ok 1 - is empty
      ---
      duration_ms: 1.103871
      ...
    # Subtest: sums
    not ok 2 - sums
      ---
      duration_ms: 1.390688
      location: './a.test.mjs:6:3'
      failureType: 'testCodeFailure'
      error: |-
        Expected values to be strictly equal:
        
        2 !== 3
        
      code: 'ERR_ASSERTION'
      name: 'AssertionError'
      expected: 3
      actual: 2
      operator: 'strictEqual'
      stack: |-
        TestContext.<anonymous> (./a.test.mjs:6:27)
        Test.runInAsyncScope (node:async_hooks:206:9)
        Test.run (node:internal/test_runner/test:796:25)
        Suite.processPendingSubtests (node:internal/test_runner/test:526:18)
        Test.postRun (node:internal/test_runner/test:889:19)
        Test.run (node:internal/test_runner/test:835:12)
        async Promise.all (index 0)
        async Suite.run (node:internal/test_runner/test:1135:7)
        async Test.processPendingSubtests (node:internal/test_runner/test:526:7)
      ...
    # Subtest: throws
    not ok 3 - throws
      ---
      duration_ms: 0.189203
      location: './a.test.mjs:7:3'
      failureType: 'testCodeFailure'
      error: 'items is not iterable'
      code: 'ERR_TEST_FAILURE'
      name: 'TypeError'
      stack: |-
        total (./cart.mjs:1:59)
        TestContext.<anonymous> (./a.test.mjs:7:24)
        Test.runInAsyncScope (node:async_hooks:206:9)
        Test.run (node:internal/test_runner/test:796:25)
        Suite.processPendingSubtests (node:internal/test_runner/test:526:18)
        Test.postRun (node:internal/test_runner/test:889:19)
        Test.run (node:internal/test_runner/test:835:12)
        async Suite.processPendingSubtests (node:internal/test_runner/test:526:7)
      ...
    1..3
not ok 1 - cart
  ---
  duration_ms: 8.490317
  type: 'suite'
  location: './a.test.mjs:4:1'
  failureType: 'subtestsFailed'
  error: '2 subtests failed'
  code: 'ERR_TEST_FAILURE'
  ...
# Subtest: other passes
ok 2 - other passes
  ---
  duration_ms: 4.452426
  ...
1..2
# tests 4
# suites 1
# pass 2
# fail 2
# cancelled 0
# skipped 0
# todo 0
# duration_ms 389.712696
`;

/** node:test on a terminal */
export const NODE_SPEC = `▶ cart
  ✔ is empty (5.081901ms)
  ✖ sums (1.880102ms)
    AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:
    
    2 !== 3
    
        at TestContext.<anonymous> (./a.test.mjs:6:27)
        at Test.runInAsyncScope (node:async_hooks:206:9)
        at Test.run (node:internal/test_runner/test:796:25)
        at Suite.processPendingSubtests (node:internal/test_runner/test:526:18)
        at Test.postRun (node:internal/test_runner/test:889:19)
        at Test.run (node:internal/test_runner/test:835:12)
        at async Promise.all (index 0)
        at async Suite.run (node:internal/test_runner/test:1135:7)
        at async Test.processPendingSubtests (node:internal/test_runner/test:526:7) {
      generatedMessage: true,
      code: 'ERR_ASSERTION',
      actual: 2,
      expected: 3,
      operator: 'strictEqual'
    }

  ✖ throws (0.29454ms)
    TypeError [Error]: items is not iterable
        at total (./cart.mjs:1:59)
        at TestContext.<anonymous> (./a.test.mjs:7:24)
        at Test.runInAsyncScope (node:async_hooks:206:9)
        at Test.run (node:internal/test_runner/test:796:25)
        at Suite.processPendingSubtests (node:internal/test_runner/test:526:18)
        at Test.postRun (node:internal/test_runner/test:889:19)
        at Test.run (node:internal/test_runner/test:835:12)
        at async Suite.processPendingSubtests (node:internal/test_runner/test:526:7)

✖ cart (9.062647ms)
✔ other passes (0.263201ms)
ℹ tests 4
ℹ suites 1
ℹ pass 2
ℹ fail 2
ℹ cancelled 0
ℹ skipped 0
ℹ todo 0
ℹ duration_ms 309.745451

✖ failing tests:

test at a.test.mjs:6:3
✖ sums (1.880102ms)
  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:
  
  2 !== 3
  
      at TestContext.<anonymous> (./a.test.mjs:6:27)
      at Test.runInAsyncScope (node:async_hooks:206:9)
      at Test.run (node:internal/test_runner/test:796:25)
      at Suite.processPendingSubtests (node:internal/test_runner/test:526:18)
      at Test.postRun (node:internal/test_runner/test:889:19)
      at Test.run (node:internal/test_runner/test:835:12)
      at async Promise.all (index 0)
      at async Suite.run (node:internal/test_runner/test:1135:7)
      at async Test.processPendingSubtests (node:internal/test_runner/test:526:7) {
    generatedMessage: true,
    code: 'ERR_ASSERTION',
    actual: 2,
    expected: 3,
    operator: 'strictEqual'
  }

test at a.test.mjs:7:3
✖ throws (0.29454ms)
  TypeError [Error]: items is not iterable
      at total (./cart.mjs:1:59)
      at TestContext.<anonymous> (./a.test.mjs:7:24)
      at Test.runInAsyncScope (node:async_hooks:206:9)
      at Test.run (node:internal/test_runner/test:796:25)
      at Suite.processPendingSubtests (node:internal/test_runner/test:526:18)
      at Test.postRun (node:internal/test_runner/test:889:19)
      at Test.run (node:internal/test_runner/test:835:12)
      at async Suite.processPendingSubtests (node:internal/test_runner/test:526:7)
`;

/** mocha */
export const MOCHA = `

  cart
    ✔ is empty
    1) sums
    2) deep


  1 passing (21ms)
  2 failing

  1) cart
       sums:

      AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

2 !== 3

      + expected - actual

      -2
      +3
      
      at Context.<anonymous> (a.spec.cjs:2:76)
      at process.processImmediate (node:internal/timers:483:21)

  2) cart
       deep:

      AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal:
+ actual - expected

  {
    a: 1,
    b: [
+     1
-     2
    ]
  }
      + expected - actual

       {
         "a": 1
         "b": [
      -    1
      +    2
         ]
       }
      
      at Context.<anonymous> (a.spec.cjs:2:118)
      at process.processImmediate (node:internal/timers:483:21)



`;
