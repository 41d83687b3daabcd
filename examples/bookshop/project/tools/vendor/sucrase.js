/*!
 * sucrase 3.35.1, https://github.com/alangpierce/sucrase
 * Only what its TypeScript transform needs, in one file. How it was made: README.md, beside this file.
 *
 * The MIT License (MIT)
 *
 * Copyright (c) 2012-2018 various contributors (see AUTHORS)
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to deal
 * in the Software without restriction, including without limitation the rights
 * to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 * copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in all
 * copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 * IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 * FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 * AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
 * SOFTWARE.
 */
var A1 = class {};
var E1 = class {};
var Mo = {
    require: `
    import {createRequire as CREATE_REQUIRE_NAME} from "module";
    const require = CREATE_REQUIRE_NAME(import.meta.url);
  `,
    interopRequireWildcard: `
    function interopRequireWildcard(obj) {
      if (obj && obj.__esModule) {
        return obj;
      } else {
        var newObj = {};
        if (obj != null) {
          for (var key in obj) {
            if (Object.prototype.hasOwnProperty.call(obj, key)) {
              newObj[key] = obj[key];
            }
          }
        }
        newObj.default = obj;
        return newObj;
      }
    }
  `,
    interopRequireDefault: `
    function interopRequireDefault(obj) {
      return obj && obj.__esModule ? obj : { default: obj };
    }
  `,
    createNamedExportFrom: `
    function createNamedExportFrom(obj, localName, importedName) {
      Object.defineProperty(exports, localName, {enumerable: true, configurable: true, get: () => obj[importedName]});
    }
  `,
    createStarExport: `
    function createStarExport(obj) {
      Object.keys(obj)
        .filter((key) => key !== "default" && key !== "__esModule")
        .forEach((key) => {
          if (exports.hasOwnProperty(key)) {
            return;
          }
          Object.defineProperty(exports, key, {enumerable: true, configurable: true, get: () => obj[key]});
        });
    }
  `,
    nullishCoalesce: `
    function nullishCoalesce(lhs, rhsFn) {
      if (lhs != null) {
        return lhs;
      } else {
        return rhsFn();
      }
    }
  `,
    asyncNullishCoalesce: `
    async function asyncNullishCoalesce(lhs, rhsFn) {
      if (lhs != null) {
        return lhs;
      } else {
        return await rhsFn();
      }
    }
  `,
    optionalChain: `
    function optionalChain(ops) {
      let lastAccessLHS = undefined;
      let value = ops[0];
      let i = 1;
      while (i < ops.length) {
        const op = ops[i];
        const fn = ops[i + 1];
        i += 2;
        if ((op === 'optionalAccess' || op === 'optionalCall') && value == null) {
          return undefined;
        }
        if (op === 'access' || op === 'optionalAccess') {
          lastAccessLHS = value;
          value = fn(value);
        } else if (op === 'call' || op === 'optionalCall') {
          value = fn((...args) => value.call(lastAccessLHS, ...args));
          lastAccessLHS = undefined;
        }
      }
      return value;
    }
  `,
    asyncOptionalChain: `
    async function asyncOptionalChain(ops) {
      let lastAccessLHS = undefined;
      let value = ops[0];
      let i = 1;
      while (i < ops.length) {
        const op = ops[i];
        const fn = ops[i + 1];
        i += 2;
        if ((op === 'optionalAccess' || op === 'optionalCall') && value == null) {
          return undefined;
        }
        if (op === 'access' || op === 'optionalAccess') {
          lastAccessLHS = value;
          value = await fn(value);
        } else if (op === 'call' || op === 'optionalCall') {
          value = await fn((...args) => value.call(lastAccessLHS, ...args));
          lastAccessLHS = undefined;
        }
      }
      return value;
    }
  `,
    optionalChainDelete: `
    function optionalChainDelete(ops) {
      const result = OPTIONAL_CHAIN_NAME(ops);
      return result == null ? true : result;
    }
  `,
    asyncOptionalChainDelete: `
    async function asyncOptionalChainDelete(ops) {
      const result = await ASYNC_OPTIONAL_CHAIN_NAME(ops);
      return result == null ? true : result;
    }
  `,
  },
  P1 = class e {
    __init() {
      this.helperNames = {};
    }
    __init2() {
      this.createRequireName = null;
    }
    constructor(s) {
      ((this.nameManager = s), e.prototype.__init.call(this), e.prototype.__init2.call(this));
    }
    getHelperName(s) {
      let n = this.helperNames[s];
      return n || ((n = this.nameManager.claimFreeName(`_${s}`)), (this.helperNames[s] = n), n);
    }
    emitHelpers() {
      let s = '';
      (this.helperNames.optionalChainDelete && this.getHelperName('optionalChain'),
        this.helperNames.asyncOptionalChainDelete && this.getHelperName('asyncOptionalChain'));
      for (let [n, i] of Object.entries(Mo)) {
        let c = this.helperNames[n],
          u = i;
        (n === 'optionalChainDelete'
          ? (u = u.replace('OPTIONAL_CHAIN_NAME', this.helperNames.optionalChain))
          : n === 'asyncOptionalChainDelete'
            ? (u = u.replace('ASYNC_OPTIONAL_CHAIN_NAME', this.helperNames.asyncOptionalChain))
            : n === 'require' &&
              (this.createRequireName === null &&
                (this.createRequireName = this.nameManager.claimFreeName('_createRequire')),
              (u = u.replace(/CREATE_REQUIRE_NAME/g, this.createRequireName))),
          c && ((s += ' '), (s += u.replace(n, c).replace(/\s+/g, ' ').trim())));
      }
      return s;
    }
  };
var a;
(function (e) {
  e[(e.NONE = 0)] = 'NONE';
  let n = 1;
  e[(e._abstract = n)] = '_abstract';
  let i = n + 1;
  e[(e._accessor = i)] = '_accessor';
  let c = i + 1;
  e[(e._as = c)] = '_as';
  let u = c + 1;
  e[(e._assert = u)] = '_assert';
  let d = u + 1;
  e[(e._asserts = d)] = '_asserts';
  let g = d + 1;
  e[(e._async = g)] = '_async';
  let A = g + 1;
  e[(e._await = A)] = '_await';
  let P = A + 1;
  e[(e._checks = P)] = '_checks';
  let F = P + 1;
  e[(e._constructor = F)] = '_constructor';
  let N = F + 1;
  e[(e._declare = N)] = '_declare';
  let B = N + 1;
  e[(e._enum = B)] = '_enum';
  let O = B + 1;
  e[(e._exports = O)] = '_exports';
  let X = O + 1;
  e[(e._from = X)] = '_from';
  let ne = X + 1;
  e[(e._get = ne)] = '_get';
  let oe = ne + 1;
  e[(e._global = oe)] = '_global';
  let de = oe + 1;
  e[(e._implements = de)] = '_implements';
  let xe = de + 1;
  e[(e._infer = xe)] = '_infer';
  let ie = xe + 1;
  e[(e._interface = ie)] = '_interface';
  let z = ie + 1;
  e[(e._is = z)] = '_is';
  let Ae = z + 1;
  e[(e._keyof = Ae)] = '_keyof';
  let Ee = Ae + 1;
  e[(e._mixins = Ee)] = '_mixins';
  let Pe = Ee + 1;
  e[(e._module = Pe)] = '_module';
  let Ce = Pe + 1;
  e[(e._namespace = Ce)] = '_namespace';
  let De = Ce + 1;
  e[(e._of = De)] = '_of';
  let Re = De + 1;
  e[(e._opaque = Re)] = '_opaque';
  let Ne = Re + 1;
  e[(e._out = Ne)] = '_out';
  let Le = Ne + 1;
  e[(e._override = Le)] = '_override';
  let Fe = Le + 1;
  e[(e._private = Fe)] = '_private';
  let ve = Fe + 1;
  e[(e._protected = ve)] = '_protected';
  let Oe = ve + 1;
  e[(e._proto = Oe)] = '_proto';
  let je = Oe + 1;
  e[(e._public = je)] = '_public';
  let qe = je + 1;
  e[(e._readonly = qe)] = '_readonly';
  let Be = qe + 1;
  e[(e._require = Be)] = '_require';
  let Me = Be + 1;
  e[(e._satisfies = Me)] = '_satisfies';
  let $e = Me + 1;
  e[(e._set = $e)] = '_set';
  let He = $e + 1;
  e[(e._static = He)] = '_static';
  let Ve = He + 1;
  e[(e._symbol = Ve)] = '_symbol';
  let Ue = Ve + 1;
  e[(e._type = Ue)] = '_type';
  let We = Ue + 1;
  e[(e._unique = We)] = '_unique';
  let n1 = We + 1;
  e[(e._using = n1)] = '_using';
})(a || (a = {}));
var t;
(function (e) {
  e[(e.PRECEDENCE_MASK = 15)] = 'PRECEDENCE_MASK';
  let n = 16;
  e[(e.IS_KEYWORD = n)] = 'IS_KEYWORD';
  let i = 32;
  e[(e.IS_ASSIGN = i)] = 'IS_ASSIGN';
  let c = 64;
  e[(e.IS_RIGHT_ASSOCIATIVE = c)] = 'IS_RIGHT_ASSOCIATIVE';
  let u = 128;
  e[(e.IS_PREFIX = u)] = 'IS_PREFIX';
  let d = 256;
  e[(e.IS_POSTFIX = d)] = 'IS_POSTFIX';
  let g = 512;
  e[(e.IS_EXPRESSION_START = g)] = 'IS_EXPRESSION_START';
  let A = 512;
  e[(e.num = A)] = 'num';
  let P = 1536;
  e[(e.bigint = P)] = 'bigint';
  let F = 2560;
  e[(e.decimal = F)] = 'decimal';
  let N = 3584;
  e[(e.regexp = N)] = 'regexp';
  let B = 4608;
  e[(e.string = B)] = 'string';
  let O = 5632;
  e[(e.name = O)] = 'name';
  let X = 6144;
  e[(e.eof = X)] = 'eof';
  let ne = 7680;
  e[(e.bracketL = ne)] = 'bracketL';
  let oe = 8192;
  e[(e.bracketR = oe)] = 'bracketR';
  let de = 9728;
  e[(e.braceL = de)] = 'braceL';
  let xe = 10752;
  e[(e.braceBarL = xe)] = 'braceBarL';
  let ie = 11264;
  e[(e.braceR = ie)] = 'braceR';
  let z = 12288;
  e[(e.braceBarR = z)] = 'braceBarR';
  let Ae = 13824;
  e[(e.parenL = Ae)] = 'parenL';
  let Ee = 14336;
  e[(e.parenR = Ee)] = 'parenR';
  let Pe = 15360;
  e[(e.comma = Pe)] = 'comma';
  let Ce = 16384;
  e[(e.semi = Ce)] = 'semi';
  let De = 17408;
  e[(e.colon = De)] = 'colon';
  let Re = 18432;
  e[(e.doubleColon = Re)] = 'doubleColon';
  let Ne = 19456;
  e[(e.dot = Ne)] = 'dot';
  let Le = 20480;
  e[(e.question = Le)] = 'question';
  let Fe = 21504;
  e[(e.questionDot = Fe)] = 'questionDot';
  let ve = 22528;
  e[(e.arrow = ve)] = 'arrow';
  let Oe = 23552;
  e[(e.template = Oe)] = 'template';
  let je = 24576;
  e[(e.ellipsis = je)] = 'ellipsis';
  let qe = 25600;
  e[(e.backQuote = qe)] = 'backQuote';
  let Be = 27136;
  e[(e.dollarBraceL = Be)] = 'dollarBraceL';
  let Me = 27648;
  e[(e.at = Me)] = 'at';
  let $e = 29184;
  e[(e.hash = $e)] = 'hash';
  let He = 29728;
  e[(e.eq = He)] = 'eq';
  let Ve = 30752;
  e[(e.assign = Ve)] = 'assign';
  let Ue = 32640;
  e[(e.preIncDec = Ue)] = 'preIncDec';
  let We = 33664;
  e[(e.postIncDec = We)] = 'postIncDec';
  let n1 = 34432;
  e[(e.bang = n1)] = 'bang';
  let pt = 35456;
  e[(e.tilde = pt)] = 'tilde';
  let ft = 35841;
  e[(e.pipeline = ft)] = 'pipeline';
  let ht = 36866;
  e[(e.nullishCoalescing = ht)] = 'nullishCoalescing';
  let mt = 37890;
  e[(e.logicalOR = mt)] = 'logicalOR';
  let dt = 38915;
  e[(e.logicalAND = dt)] = 'logicalAND';
  let xt = 39940;
  e[(e.bitwiseOR = xt)] = 'bitwiseOR';
  let _t = 40965;
  e[(e.bitwiseXOR = _t)] = 'bitwiseXOR';
  let kt = 41990;
  e[(e.bitwiseAND = kt)] = 'bitwiseAND';
  let gt = 43015;
  e[(e.equality = gt)] = 'equality';
  let bt = 44040;
  e[(e.lessThan = bt)] = 'lessThan';
  let It = 45064;
  e[(e.greaterThan = It)] = 'greaterThan';
  let wt = 46088;
  e[(e.relationalOrEqual = wt)] = 'relationalOrEqual';
  let yt = 47113;
  e[(e.bitShiftL = yt)] = 'bitShiftL';
  let St = 48137;
  e[(e.bitShiftR = St)] = 'bitShiftR';
  let Tt = 49802;
  e[(e.plus = Tt)] = 'plus';
  let At = 50826;
  e[(e.minus = At)] = 'minus';
  let Et = 51723;
  e[(e.modulo = Et)] = 'modulo';
  let Pt = 52235;
  e[(e.star = Pt)] = 'star';
  let Ct = 53259;
  e[(e.slash = Ct)] = 'slash';
  let Dt = 54348;
  e[(e.exponent = Dt)] = 'exponent';
  let Rt = 55296;
  e[(e.jsxName = Rt)] = 'jsxName';
  let Nt = 56320;
  e[(e.jsxText = Nt)] = 'jsxText';
  let Lt = 57344;
  e[(e.jsxEmptyText = Lt)] = 'jsxEmptyText';
  let Ft = 58880;
  e[(e.jsxTagStart = Ft)] = 'jsxTagStart';
  let vt = 59392;
  e[(e.jsxTagEnd = vt)] = 'jsxTagEnd';
  let Ot = 60928;
  e[(e.typeParameterStart = Ot)] = 'typeParameterStart';
  let jt = 61440;
  e[(e.nonNullAssertion = jt)] = 'nonNullAssertion';
  let qt = 62480;
  e[(e._break = qt)] = '_break';
  let Bt = 63504;
  e[(e._case = Bt)] = '_case';
  let Mt = 64528;
  e[(e._catch = Mt)] = '_catch';
  let $t = 65552;
  e[(e._continue = $t)] = '_continue';
  let Ht = 66576;
  e[(e._debugger = Ht)] = '_debugger';
  let Vt = 67600;
  e[(e._default = Vt)] = '_default';
  let Ut = 68624;
  e[(e._do = Ut)] = '_do';
  let Wt = 69648;
  e[(e._else = Wt)] = '_else';
  let Xt = 70672;
  e[(e._finally = Xt)] = '_finally';
  let Jt = 71696;
  e[(e._for = Jt)] = '_for';
  let Gt = 73232;
  e[(e._function = Gt)] = '_function';
  let zt = 73744;
  e[(e._if = zt)] = '_if';
  let Yt = 74768;
  e[(e._return = Yt)] = '_return';
  let Qt = 75792;
  e[(e._switch = Qt)] = '_switch';
  let Kt = 77456;
  e[(e._throw = Kt)] = '_throw';
  let Zt = 77840;
  e[(e._try = Zt)] = '_try';
  let es = 78864;
  e[(e._var = es)] = '_var';
  let ts = 79888;
  e[(e._let = ts)] = '_let';
  let ss = 80912;
  e[(e._const = ss)] = '_const';
  let rs = 81936;
  e[(e._while = rs)] = '_while';
  let ns = 82960;
  e[(e._with = ns)] = '_with';
  let os = 84496;
  e[(e._new = os)] = '_new';
  let is = 85520;
  e[(e._this = is)] = '_this';
  let as = 86544;
  e[(e._super = as)] = '_super';
  let cs = 87568;
  e[(e._class = cs)] = '_class';
  let ls = 88080;
  e[(e._extends = ls)] = '_extends';
  let us = 89104;
  e[(e._export = us)] = '_export';
  let ps = 90640;
  e[(e._import = ps)] = '_import';
  let fs = 91664;
  e[(e._yield = fs)] = '_yield';
  let hs = 92688;
  e[(e._null = hs)] = '_null';
  let ms = 93712;
  e[(e._true = ms)] = '_true';
  let ds = 94736;
  e[(e._false = ds)] = '_false';
  let xs = 95256;
  e[(e._in = xs)] = '_in';
  let _s = 96280;
  e[(e._instanceof = _s)] = '_instanceof';
  let ks = 97936;
  e[(e._typeof = ks)] = '_typeof';
  let gs = 98960;
  e[(e._void = gs)] = '_void';
  let So = 99984;
  e[(e._delete = So)] = '_delete';
  let To = 100880;
  e[(e._async = To)] = '_async';
  let Ao = 101904;
  e[(e._get = Ao)] = '_get';
  let Eo = 102928;
  e[(e._set = Eo)] = '_set';
  let Po = 103952;
  e[(e._declare = Po)] = '_declare';
  let Co = 104976;
  e[(e._readonly = Co)] = '_readonly';
  let Do = 106e3;
  e[(e._abstract = Do)] = '_abstract';
  let Ro = 107024;
  e[(e._static = Ro)] = '_static';
  let No = 107536;
  e[(e._public = No)] = '_public';
  let Lo = 108560;
  e[(e._private = Lo)] = '_private';
  let Fo = 109584;
  e[(e._protected = Fo)] = '_protected';
  let vo = 110608;
  e[(e._override = vo)] = '_override';
  let Oo = 112144;
  e[(e._as = Oo)] = '_as';
  let jo = 113168;
  e[(e._enum = jo)] = '_enum';
  let qo = 114192;
  e[(e._type = qo)] = '_type';
  let Bo = 115216;
  e[(e._implements = Bo)] = '_implements';
})(t || (t = {}));
function Ar(e) {
  switch (e) {
    case t.num:
      return 'num';
    case t.bigint:
      return 'bigint';
    case t.decimal:
      return 'decimal';
    case t.regexp:
      return 'regexp';
    case t.string:
      return 'string';
    case t.name:
      return 'name';
    case t.eof:
      return 'eof';
    case t.bracketL:
      return '[';
    case t.bracketR:
      return ']';
    case t.braceL:
      return '{';
    case t.braceBarL:
      return '{|';
    case t.braceR:
      return '}';
    case t.braceBarR:
      return '|}';
    case t.parenL:
      return '(';
    case t.parenR:
      return ')';
    case t.comma:
      return ',';
    case t.semi:
      return ';';
    case t.colon:
      return ':';
    case t.doubleColon:
      return '::';
    case t.dot:
      return '.';
    case t.question:
      return '?';
    case t.questionDot:
      return '?.';
    case t.arrow:
      return '=>';
    case t.template:
      return 'template';
    case t.ellipsis:
      return '...';
    case t.backQuote:
      return '`';
    case t.dollarBraceL:
      return '${';
    case t.at:
      return '@';
    case t.hash:
      return '#';
    case t.eq:
      return '=';
    case t.assign:
      return '_=';
    case t.preIncDec:
      return '++/--';
    case t.postIncDec:
      return '++/--';
    case t.bang:
      return '!';
    case t.tilde:
      return '~';
    case t.pipeline:
      return '|>';
    case t.nullishCoalescing:
      return '??';
    case t.logicalOR:
      return '||';
    case t.logicalAND:
      return '&&';
    case t.bitwiseOR:
      return '|';
    case t.bitwiseXOR:
      return '^';
    case t.bitwiseAND:
      return '&';
    case t.equality:
      return '==/!=';
    case t.lessThan:
      return '<';
    case t.greaterThan:
      return '>';
    case t.relationalOrEqual:
      return '<=/>=';
    case t.bitShiftL:
      return '<<';
    case t.bitShiftR:
      return '>>/>>>';
    case t.plus:
      return '+';
    case t.minus:
      return '-';
    case t.modulo:
      return '%';
    case t.star:
      return '*';
    case t.slash:
      return '/';
    case t.exponent:
      return '**';
    case t.jsxName:
      return 'jsxName';
    case t.jsxText:
      return 'jsxText';
    case t.jsxEmptyText:
      return 'jsxEmptyText';
    case t.jsxTagStart:
      return 'jsxTagStart';
    case t.jsxTagEnd:
      return 'jsxTagEnd';
    case t.typeParameterStart:
      return 'typeParameterStart';
    case t.nonNullAssertion:
      return 'nonNullAssertion';
    case t._break:
      return 'break';
    case t._case:
      return 'case';
    case t._catch:
      return 'catch';
    case t._continue:
      return 'continue';
    case t._debugger:
      return 'debugger';
    case t._default:
      return 'default';
    case t._do:
      return 'do';
    case t._else:
      return 'else';
    case t._finally:
      return 'finally';
    case t._for:
      return 'for';
    case t._function:
      return 'function';
    case t._if:
      return 'if';
    case t._return:
      return 'return';
    case t._switch:
      return 'switch';
    case t._throw:
      return 'throw';
    case t._try:
      return 'try';
    case t._var:
      return 'var';
    case t._let:
      return 'let';
    case t._const:
      return 'const';
    case t._while:
      return 'while';
    case t._with:
      return 'with';
    case t._new:
      return 'new';
    case t._this:
      return 'this';
    case t._super:
      return 'super';
    case t._class:
      return 'class';
    case t._extends:
      return 'extends';
    case t._export:
      return 'export';
    case t._import:
      return 'import';
    case t._yield:
      return 'yield';
    case t._null:
      return 'null';
    case t._true:
      return 'true';
    case t._false:
      return 'false';
    case t._in:
      return 'in';
    case t._instanceof:
      return 'instanceof';
    case t._typeof:
      return 'typeof';
    case t._void:
      return 'void';
    case t._delete:
      return 'delete';
    case t._async:
      return 'async';
    case t._get:
      return 'get';
    case t._set:
      return 'set';
    case t._declare:
      return 'declare';
    case t._readonly:
      return 'readonly';
    case t._abstract:
      return 'abstract';
    case t._static:
      return 'static';
    case t._public:
      return 'public';
    case t._private:
      return 'private';
    case t._protected:
      return 'protected';
    case t._override:
      return 'override';
    case t._as:
      return 'as';
    case t._enum:
      return 'enum';
    case t._type:
      return 'type';
    case t._implements:
      return 'implements';
    default:
      return '';
  }
}
var U = class {
    constructor(s, n, i) {
      ((this.startTokenIndex = s), (this.endTokenIndex = n), (this.isFunctionScope = i));
    }
  },
  bs = class {
    constructor(s, n, i, c, u, d, g, A, P, F, N, B, O) {
      ((this.potentialArrowAt = s),
        (this.noAnonFunctionType = n),
        (this.inDisallowConditionalTypesContext = i),
        (this.tokensLength = c),
        (this.scopesLength = u),
        (this.pos = d),
        (this.type = g),
        (this.contextualKeyword = A),
        (this.start = P),
        (this.end = F),
        (this.isType = N),
        (this.scopeDepth = B),
        (this.error = O));
    }
  },
  o1 = class e {
    constructor() {
      (e.prototype.__init.call(this),
        e.prototype.__init2.call(this),
        e.prototype.__init3.call(this),
        e.prototype.__init4.call(this),
        e.prototype.__init5.call(this),
        e.prototype.__init6.call(this),
        e.prototype.__init7.call(this),
        e.prototype.__init8.call(this),
        e.prototype.__init9.call(this),
        e.prototype.__init10.call(this),
        e.prototype.__init11.call(this),
        e.prototype.__init12.call(this),
        e.prototype.__init13.call(this));
    }
    __init() {
      this.potentialArrowAt = -1;
    }
    __init2() {
      this.noAnonFunctionType = !1;
    }
    __init3() {
      this.inDisallowConditionalTypesContext = !1;
    }
    __init4() {
      this.tokens = [];
    }
    __init5() {
      this.scopes = [];
    }
    __init6() {
      this.pos = 0;
    }
    __init7() {
      this.type = t.eof;
    }
    __init8() {
      this.contextualKeyword = a.NONE;
    }
    __init9() {
      this.start = 0;
    }
    __init10() {
      this.end = 0;
    }
    __init11() {
      this.isType = !1;
    }
    __init12() {
      this.scopeDepth = 0;
    }
    __init13() {
      this.error = null;
    }
    snapshot() {
      return new bs(
        this.potentialArrowAt,
        this.noAnonFunctionType,
        this.inDisallowConditionalTypesContext,
        this.tokens.length,
        this.scopes.length,
        this.pos,
        this.type,
        this.contextualKeyword,
        this.start,
        this.end,
        this.isType,
        this.scopeDepth,
        this.error,
      );
    }
    restoreFromSnapshot(s) {
      ((this.potentialArrowAt = s.potentialArrowAt),
        (this.noAnonFunctionType = s.noAnonFunctionType),
        (this.inDisallowConditionalTypesContext = s.inDisallowConditionalTypesContext),
        (this.tokens.length = s.tokensLength),
        (this.scopes.length = s.scopesLength),
        (this.pos = s.pos),
        (this.type = s.type),
        (this.contextualKeyword = s.contextualKeyword),
        (this.start = s.start),
        (this.end = s.end),
        (this.isType = s.isType),
        (this.scopeDepth = s.scopeDepth),
        (this.error = s.error));
    }
  };
var l;
(function (e) {
  e[(e.backSpace = 8)] = 'backSpace';
  let n = 10;
  e[(e.lineFeed = n)] = 'lineFeed';
  let i = 9;
  e[(e.tab = i)] = 'tab';
  let c = 13;
  e[(e.carriageReturn = c)] = 'carriageReturn';
  let u = 14;
  e[(e.shiftOut = u)] = 'shiftOut';
  let d = 32;
  e[(e.space = d)] = 'space';
  let g = 33;
  e[(e.exclamationMark = g)] = 'exclamationMark';
  let A = 34;
  e[(e.quotationMark = A)] = 'quotationMark';
  let P = 35;
  e[(e.numberSign = P)] = 'numberSign';
  let F = 36;
  e[(e.dollarSign = F)] = 'dollarSign';
  let N = 37;
  e[(e.percentSign = N)] = 'percentSign';
  let B = 38;
  e[(e.ampersand = B)] = 'ampersand';
  let O = 39;
  e[(e.apostrophe = O)] = 'apostrophe';
  let X = 40;
  e[(e.leftParenthesis = X)] = 'leftParenthesis';
  let ne = 41;
  e[(e.rightParenthesis = ne)] = 'rightParenthesis';
  let oe = 42;
  e[(e.asterisk = oe)] = 'asterisk';
  let de = 43;
  e[(e.plusSign = de)] = 'plusSign';
  let xe = 44;
  e[(e.comma = xe)] = 'comma';
  let ie = 45;
  e[(e.dash = ie)] = 'dash';
  let z = 46;
  e[(e.dot = z)] = 'dot';
  let Ae = 47;
  e[(e.slash = Ae)] = 'slash';
  let Ee = 48;
  e[(e.digit0 = Ee)] = 'digit0';
  let Pe = 49;
  e[(e.digit1 = Pe)] = 'digit1';
  let Ce = 50;
  e[(e.digit2 = Ce)] = 'digit2';
  let De = 51;
  e[(e.digit3 = De)] = 'digit3';
  let Re = 52;
  e[(e.digit4 = Re)] = 'digit4';
  let Ne = 53;
  e[(e.digit5 = Ne)] = 'digit5';
  let Le = 54;
  e[(e.digit6 = Le)] = 'digit6';
  let Fe = 55;
  e[(e.digit7 = Fe)] = 'digit7';
  let ve = 56;
  e[(e.digit8 = ve)] = 'digit8';
  let Oe = 57;
  e[(e.digit9 = Oe)] = 'digit9';
  let je = 58;
  e[(e.colon = je)] = 'colon';
  let qe = 59;
  e[(e.semicolon = qe)] = 'semicolon';
  let Be = 60;
  e[(e.lessThan = Be)] = 'lessThan';
  let Me = 61;
  e[(e.equalsTo = Me)] = 'equalsTo';
  let $e = 62;
  e[(e.greaterThan = $e)] = 'greaterThan';
  let He = 63;
  e[(e.questionMark = He)] = 'questionMark';
  let Ve = 64;
  e[(e.atSign = Ve)] = 'atSign';
  let Ue = 65;
  e[(e.uppercaseA = Ue)] = 'uppercaseA';
  let We = 66;
  e[(e.uppercaseB = We)] = 'uppercaseB';
  let n1 = 67;
  e[(e.uppercaseC = n1)] = 'uppercaseC';
  let pt = 68;
  e[(e.uppercaseD = pt)] = 'uppercaseD';
  let ft = 69;
  e[(e.uppercaseE = ft)] = 'uppercaseE';
  let ht = 70;
  e[(e.uppercaseF = ht)] = 'uppercaseF';
  let mt = 71;
  e[(e.uppercaseG = mt)] = 'uppercaseG';
  let dt = 72;
  e[(e.uppercaseH = dt)] = 'uppercaseH';
  let xt = 73;
  e[(e.uppercaseI = xt)] = 'uppercaseI';
  let _t = 74;
  e[(e.uppercaseJ = _t)] = 'uppercaseJ';
  let kt = 75;
  e[(e.uppercaseK = kt)] = 'uppercaseK';
  let gt = 76;
  e[(e.uppercaseL = gt)] = 'uppercaseL';
  let bt = 77;
  e[(e.uppercaseM = bt)] = 'uppercaseM';
  let It = 78;
  e[(e.uppercaseN = It)] = 'uppercaseN';
  let wt = 79;
  e[(e.uppercaseO = wt)] = 'uppercaseO';
  let yt = 80;
  e[(e.uppercaseP = yt)] = 'uppercaseP';
  let St = 81;
  e[(e.uppercaseQ = St)] = 'uppercaseQ';
  let Tt = 82;
  e[(e.uppercaseR = Tt)] = 'uppercaseR';
  let At = 83;
  e[(e.uppercaseS = At)] = 'uppercaseS';
  let Et = 84;
  e[(e.uppercaseT = Et)] = 'uppercaseT';
  let Pt = 85;
  e[(e.uppercaseU = Pt)] = 'uppercaseU';
  let Ct = 86;
  e[(e.uppercaseV = Ct)] = 'uppercaseV';
  let Dt = 87;
  e[(e.uppercaseW = Dt)] = 'uppercaseW';
  let Rt = 88;
  e[(e.uppercaseX = Rt)] = 'uppercaseX';
  let Nt = 89;
  e[(e.uppercaseY = Nt)] = 'uppercaseY';
  let Lt = 90;
  e[(e.uppercaseZ = Lt)] = 'uppercaseZ';
  let Ft = 91;
  e[(e.leftSquareBracket = Ft)] = 'leftSquareBracket';
  let vt = 92;
  e[(e.backslash = vt)] = 'backslash';
  let Ot = 93;
  e[(e.rightSquareBracket = Ot)] = 'rightSquareBracket';
  let jt = 94;
  e[(e.caret = jt)] = 'caret';
  let qt = 95;
  e[(e.underscore = qt)] = 'underscore';
  let Bt = 96;
  e[(e.graveAccent = Bt)] = 'graveAccent';
  let Mt = 97;
  e[(e.lowercaseA = Mt)] = 'lowercaseA';
  let $t = 98;
  e[(e.lowercaseB = $t)] = 'lowercaseB';
  let Ht = 99;
  e[(e.lowercaseC = Ht)] = 'lowercaseC';
  let Vt = 100;
  e[(e.lowercaseD = Vt)] = 'lowercaseD';
  let Ut = 101;
  e[(e.lowercaseE = Ut)] = 'lowercaseE';
  let Wt = 102;
  e[(e.lowercaseF = Wt)] = 'lowercaseF';
  let Xt = 103;
  e[(e.lowercaseG = Xt)] = 'lowercaseG';
  let Jt = 104;
  e[(e.lowercaseH = Jt)] = 'lowercaseH';
  let Gt = 105;
  e[(e.lowercaseI = Gt)] = 'lowercaseI';
  let zt = 106;
  e[(e.lowercaseJ = zt)] = 'lowercaseJ';
  let Yt = 107;
  e[(e.lowercaseK = Yt)] = 'lowercaseK';
  let Qt = 108;
  e[(e.lowercaseL = Qt)] = 'lowercaseL';
  let Kt = 109;
  e[(e.lowercaseM = Kt)] = 'lowercaseM';
  let Zt = 110;
  e[(e.lowercaseN = Zt)] = 'lowercaseN';
  let es = 111;
  e[(e.lowercaseO = es)] = 'lowercaseO';
  let ts = 112;
  e[(e.lowercaseP = ts)] = 'lowercaseP';
  let ss = 113;
  e[(e.lowercaseQ = ss)] = 'lowercaseQ';
  let rs = 114;
  e[(e.lowercaseR = rs)] = 'lowercaseR';
  let ns = 115;
  e[(e.lowercaseS = ns)] = 'lowercaseS';
  let os = 116;
  e[(e.lowercaseT = os)] = 'lowercaseT';
  let is = 117;
  e[(e.lowercaseU = is)] = 'lowercaseU';
  let as = 118;
  e[(e.lowercaseV = as)] = 'lowercaseV';
  let cs = 119;
  e[(e.lowercaseW = cs)] = 'lowercaseW';
  let ls = 120;
  e[(e.lowercaseX = ls)] = 'lowercaseX';
  let us = 121;
  e[(e.lowercaseY = us)] = 'lowercaseY';
  let ps = 122;
  e[(e.lowercaseZ = ps)] = 'lowercaseZ';
  let fs = 123;
  e[(e.leftCurlyBrace = fs)] = 'leftCurlyBrace';
  let hs = 124;
  e[(e.verticalBar = hs)] = 'verticalBar';
  let ms = 125;
  e[(e.rightCurlyBrace = ms)] = 'rightCurlyBrace';
  let ds = 126;
  e[(e.tilde = ds)] = 'tilde';
  let xs = 160;
  e[(e.nonBreakingSpace = xs)] = 'nonBreakingSpace';
  let _s = 5760;
  e[(e.oghamSpaceMark = _s)] = 'oghamSpaceMark';
  let ks = 8232;
  e[(e.lineSeparator = ks)] = 'lineSeparator';
  let gs = 8233;
  e[(e.paragraphSeparator = gs)] = 'paragraphSeparator';
})(l || (l = {}));
var Xe, S, T, r, m, Er;
function be() {
  return Er++;
}
function Pr(e) {
  if ('pos' in e) {
    let s = $o(e.pos);
    ((e.message += ` (${s.line}:${s.column})`), (e.loc = s));
  }
  return e;
}
var Is = class {
  constructor(s, n) {
    ((this.line = s), (this.column = n));
  }
};
function $o(e) {
  let s = 1,
    n = 1;
  for (let i = 0; i < e; i++) m.charCodeAt(i) === l.lineFeed ? (s++, (n = 1)) : n++;
  return new Is(s, n);
}
function Cr(e, s, n, i) {
  ((m = e), (r = new o1()), (Er = 1), (Xe = s), (S = n), (T = i));
}
function x(e) {
  return r.contextualKeyword === e;
}
function Je(e) {
  let s = ae();
  return s.type === t.name && s.contextualKeyword === e;
}
function v(e) {
  return r.contextualKeyword === e && p(t.name);
}
function R(e) {
  v(e) || k();
}
function $() {
  return o(t.eof) || o(t.braceR) || M();
}
function M() {
  let e = r.tokens[r.tokens.length - 1],
    s = e ? e.end : 0;
  for (let n = s; n < r.start; n++) {
    let i = m.charCodeAt(n);
    if (i === l.lineFeed || i === l.carriageReturn || i === 8232 || i === 8233) return !0;
  }
  return !1;
}
function C1() {
  let e = i1();
  for (let s = r.end; s < e; s++) {
    let n = m.charCodeAt(s);
    if (n === l.lineFeed || n === l.carriageReturn || n === 8232 || n === 8233) return !0;
  }
  return !1;
}
function Y() {
  return p(t.semi) || $();
}
function C() {
  Y() || k('Unexpected token, expected ";"');
}
function f(e) {
  p(e) || k(`Unexpected token, expected "${Ar(e)}"`);
}
function k(e = 'Unexpected token', s = r.start) {
  if (r.error) return;
  let n = new SyntaxError(e);
  ((n.pos = s), (r.error = n), (r.pos = m.length), b(t.eof));
}
var ws = [
    9,
    11,
    12,
    l.space,
    l.nonBreakingSpace,
    l.oghamSpaceMark,
    8192,
    8193,
    8194,
    8195,
    8196,
    8197,
    8198,
    8199,
    8200,
    8201,
    8202,
    8239,
    8287,
    12288,
    65279,
  ],
  ys = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*/g,
  Ss = new Uint8Array(65536);
for (let e of ws) Ss[e] = 1;
function Ho(e) {
  if (e < 48) return e === 36;
  if (e < 58) return !0;
  if (e < 65) return !1;
  if (e < 91) return !0;
  if (e < 97) return e === 95;
  if (e < 123) return !0;
  if (e < 128) return !1;
  throw new Error('Should not be called with non-ASCII char code.');
}
var H = new Uint8Array(65536);
for (let e = 0; e < 128; e++) H[e] = Ho(e) ? 1 : 0;
for (let e = 128; e < 65536; e++) H[e] = 1;
for (let e of ws) H[e] = 0;
H[8232] = 0;
H[8233] = 0;
var ce = H.slice();
for (let e = l.digit0; e <= l.digit9; e++) ce[e] = 0;
var Ts = new Int32Array([
  -1,
  27,
  783,
  918,
  1755,
  2376,
  2862,
  3483,
  -1,
  3699,
  -1,
  4617,
  4752,
  4833,
  5130,
  5508,
  5940,
  -1,
  6480,
  6939,
  7749,
  8181,
  8451,
  8613,
  -1,
  8829,
  -1,
  -1,
  -1,
  54,
  243,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  432,
  -1,
  -1,
  -1,
  675,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  81,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  108,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  135,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  162,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  189,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  216,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._abstract << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  270,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  297,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  324,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  351,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  378,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  405,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._accessor << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._as << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  459,
  -1,
  -1,
  -1,
  -1,
  -1,
  594,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  486,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  513,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  540,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._assert << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  567,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._asserts << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  621,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  648,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._async << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  702,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  729,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  756,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._await << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  810,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  837,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  864,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  891,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._break << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  945,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1107,
  -1,
  -1,
  -1,
  1242,
  -1,
  -1,
  1350,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  972,
  1026,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  999,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._case << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1053,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1080,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._catch << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1134,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1161,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1188,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1215,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._checks << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1269,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1296,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1323,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._class << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1377,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1404,
  1620,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1431,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._const << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1458,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1485,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1512,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1539,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1566,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1593,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._constructor << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1647,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1674,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1701,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1728,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._continue << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1782,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2349,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1809,
  1971,
  -1,
  -1,
  2106,
  -1,
  -1,
  -1,
  -1,
  -1,
  2241,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1836,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1863,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1890,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1917,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1944,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._debugger << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  1998,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2025,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2052,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2079,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._declare << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2133,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2160,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2187,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2214,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._default << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2268,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2295,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2322,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._delete << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._do << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2403,
  -1,
  2484,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2565,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2430,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2457,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._else << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2511,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2538,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._enum << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2592,
  -1,
  -1,
  -1,
  2727,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2619,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2646,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2673,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._export << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2700,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._exports << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2754,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2781,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2808,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2835,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._extends << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2889,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2997,
  -1,
  -1,
  -1,
  -1,
  -1,
  3159,
  -1,
  -1,
  3213,
  -1,
  -1,
  3294,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2916,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2943,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  2970,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._false << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3024,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3051,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3078,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3105,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3132,
  -1,
  (t._finally << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3186,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._for << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3240,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3267,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._from << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3321,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3348,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3375,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3402,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3429,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3456,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._function << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3510,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3564,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3537,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._get << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3591,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3618,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3645,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3672,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._global << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3726,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3753,
  4077,
  -1,
  -1,
  -1,
  -1,
  4590,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._if << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3780,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3807,
  -1,
  -1,
  3996,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3834,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3861,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3888,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3915,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3942,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  3969,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._implements << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4023,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4050,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._import << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._in << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4104,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4185,
  4401,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4131,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4158,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._infer << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4212,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4239,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4266,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4293,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4320,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4347,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4374,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._instanceof << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4428,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4455,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4482,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4509,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4536,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4563,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._interface << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._is << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4644,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4671,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4698,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4725,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._keyof << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4779,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4806,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._let << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4860,
  -1,
  -1,
  -1,
  -1,
  -1,
  4995,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4887,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4914,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4941,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  4968,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._mixins << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5022,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5049,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5076,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5103,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._module << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5157,
  -1,
  -1,
  -1,
  5373,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5427,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5184,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5211,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5238,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5265,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5292,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5319,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5346,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._namespace << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5400,
  -1,
  -1,
  -1,
  (t._new << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5454,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5481,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._null << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5535,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5562,
  -1,
  -1,
  -1,
  -1,
  5697,
  5751,
  -1,
  -1,
  -1,
  -1,
  a._of << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5589,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5616,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5643,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5670,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._opaque << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5724,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._out << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5778,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5805,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5832,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5859,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5886,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5913,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._override << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5967,
  -1,
  -1,
  6345,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  5994,
  -1,
  -1,
  -1,
  -1,
  -1,
  6129,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6021,
  -1,
  -1,
  -1,
  -1,
  -1,
  6048,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6075,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6102,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._private << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6156,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6183,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6318,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6210,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6237,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6264,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6291,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._protected << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._proto << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6372,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6399,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6426,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6453,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._public << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6507,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6534,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6696,
  -1,
  -1,
  6831,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6561,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6588,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6615,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6642,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6669,
  -1,
  a._readonly << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6723,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6750,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6777,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6804,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._require << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6858,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6885,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6912,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._return << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6966,
  -1,
  -1,
  -1,
  7182,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7236,
  7371,
  -1,
  7479,
  -1,
  7614,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  6993,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7020,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7047,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7074,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7101,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7128,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7155,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._satisfies << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7209,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._set << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7263,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7290,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7317,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7344,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._static << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7398,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7425,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7452,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._super << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7506,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7533,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7560,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7587,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._switch << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7641,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7668,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7695,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7722,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._symbol << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7776,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7938,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8046,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7803,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7857,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7830,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._this << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7884,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7911,
  -1,
  -1,
  -1,
  (t._throw << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7965,
  -1,
  -1,
  -1,
  8019,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  7992,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._true << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._try << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8073,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8100,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._type << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8127,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8154,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._typeof << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8208,
  -1,
  -1,
  -1,
  -1,
  8343,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8235,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8262,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8289,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8316,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._unique << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8370,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8397,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8424,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  a._using << 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8478,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8532,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8505,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._var << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8559,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8586,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._void << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8640,
  8748,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8667,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8694,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8721,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._while << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8775,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8802,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._with << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8856,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8883,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8910,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  8937,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  (t._yield << 1) + 1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
]);
function As() {
  let e = 0,
    s = 0,
    n = r.pos;
  for (; n < m.length && ((s = m.charCodeAt(n)), !(s < l.lowercaseA || s > l.lowercaseZ));) {
    let c = Ts[e + (s - l.lowercaseA) + 1];
    if (c === -1) break;
    ((e = c), n++);
  }
  let i = Ts[e];
  if (i > -1 && !H[s]) {
    ((r.pos = n), i & 1 ? b(i >>> 1) : b(t.name, i >>> 1));
    return;
  }
  for (; n < m.length;) {
    let c = m.charCodeAt(n);
    if (H[c]) n++;
    else if (c === l.backslash) {
      if (((n += 2), m.charCodeAt(n) === l.leftCurlyBrace)) {
        for (; n < m.length && m.charCodeAt(n) !== l.rightCurlyBrace;) n++;
        n++;
      }
    } else if (c === l.atSign && m.charCodeAt(n + 1) === l.atSign) n += 2;
    else break;
  }
  ((r.pos = n), b(t.name));
}
var w;
(function (e) {
  e[(e.Access = 0)] = 'Access';
  let n = 1;
  e[(e.ExportAccess = n)] = 'ExportAccess';
  let i = n + 1;
  e[(e.TopLevelDeclaration = i)] = 'TopLevelDeclaration';
  let c = i + 1;
  e[(e.FunctionScopedDeclaration = c)] = 'FunctionScopedDeclaration';
  let u = c + 1;
  e[(e.BlockScopedDeclaration = u)] = 'BlockScopedDeclaration';
  let d = u + 1;
  e[(e.ObjectShorthandTopLevelDeclaration = d)] = 'ObjectShorthandTopLevelDeclaration';
  let g = d + 1;
  e[(e.ObjectShorthandFunctionScopedDeclaration = g)] = 'ObjectShorthandFunctionScopedDeclaration';
  let A = g + 1;
  e[(e.ObjectShorthandBlockScopedDeclaration = A)] = 'ObjectShorthandBlockScopedDeclaration';
  let P = A + 1;
  e[(e.ObjectShorthand = P)] = 'ObjectShorthand';
  let F = P + 1;
  e[(e.ImportDeclaration = F)] = 'ImportDeclaration';
  let N = F + 1;
  e[(e.ObjectKey = N)] = 'ObjectKey';
  let B = N + 1;
  e[(e.ImportAccess = B)] = 'ImportAccess';
})(w || (w = {}));
var J;
(function (e) {
  e[(e.NoChildren = 0)] = 'NoChildren';
  let n = 1;
  e[(e.OneChild = n)] = 'OneChild';
  let i = n + 1;
  e[(e.StaticChildren = i)] = 'StaticChildren';
  let c = i + 1;
  e[(e.KeyAfterPropSpread = c)] = 'KeyAfterPropSpread';
})(J || (J = {}));
function Dr(e) {
  let s = e.identifierRole;
  return (
    s === w.FunctionScopedDeclaration ||
    s === w.BlockScopedDeclaration ||
    s === w.ObjectShorthandFunctionScopedDeclaration ||
    s === w.ObjectShorthandBlockScopedDeclaration
  );
}
function Rr(e) {
  let s = e.identifierRole;
  return (
    s === w.TopLevelDeclaration || s === w.ObjectShorthandTopLevelDeclaration || s === w.ImportDeclaration
  );
}
function Nr(e) {
  let s = e.identifierRole;
  return (
    s === w.TopLevelDeclaration ||
    s === w.BlockScopedDeclaration ||
    s === w.ObjectShorthandTopLevelDeclaration ||
    s === w.ObjectShorthandBlockScopedDeclaration
  );
}
function Lr(e) {
  let s = e.identifierRole;
  return s === w.FunctionScopedDeclaration || s === w.ObjectShorthandFunctionScopedDeclaration;
}
var Ie = class {
  constructor() {
    ((this.type = r.type),
      (this.contextualKeyword = r.contextualKeyword),
      (this.start = r.start),
      (this.end = r.end),
      (this.scopeDepth = r.scopeDepth),
      (this.isType = r.isType),
      (this.identifierRole = null),
      (this.jsxRole = null),
      (this.shadowsGlobal = !1),
      (this.isAsyncOperation = !1),
      (this.contextId = null),
      (this.rhsEndIndex = null),
      (this.isExpression = !1),
      (this.numNullishCoalesceStarts = 0),
      (this.numNullishCoalesceEnds = 0),
      (this.isOptionalChainStart = !1),
      (this.isOptionalChainEnd = !1),
      (this.subscriptStartIndex = null),
      (this.nullishStartIndex = null));
  }
};
function h() {
  (r.tokens.push(new Ie()), Rs());
}
function se() {
  (r.tokens.push(new Ie()), (r.start = r.pos), ri());
}
function Fr() {
  (r.type === t.assign && --r.pos, ei());
}
function y(e) {
  for (let n = r.tokens.length - e; n < r.tokens.length; n++) r.tokens[n].isType = !0;
  let s = r.isType;
  return ((r.isType = !0), s);
}
function I(e) {
  r.isType = e;
}
function p(e) {
  return o(e) ? (h(), !0) : !1;
}
function D1(e) {
  let s = r.isType;
  ((r.isType = !0), p(e), (r.isType = s));
}
function o(e) {
  return r.type === e;
}
function D() {
  let e = r.snapshot();
  h();
  let s = r.type;
  return (r.restoreFromSnapshot(e), s);
}
var Ps = class {
  constructor(s, n) {
    ((this.type = s), (this.contextualKeyword = n));
  }
};
function ae() {
  let e = r.snapshot();
  h();
  let s = r.type,
    n = r.contextualKeyword;
  return (r.restoreFromSnapshot(e), new Ps(s, n));
}
function i1() {
  return Cs(r.pos);
}
function Cs(e) {
  ys.lastIndex = e;
  let s = ys.exec(m);
  return e + s[0].length;
}
function Ds() {
  return m.charCodeAt(i1());
}
function Rs() {
  if ((Ls(), (r.start = r.pos), r.pos >= m.length)) {
    let e = r.tokens;
    (e.length >= 2 &&
      e[e.length - 1].start >= m.length &&
      e[e.length - 2].start >= m.length &&
      k('Unexpectedly reached the end of input.'),
      b(t.eof));
    return;
  }
  Vo(m.charCodeAt(r.pos));
}
function Vo(e) {
  ce[e] || e === l.backslash || (e === l.atSign && m.charCodeAt(r.pos + 1) === l.atSign) ? As() : Fs(e);
}
function Uo() {
  for (; m.charCodeAt(r.pos) !== l.asterisk || m.charCodeAt(r.pos + 1) !== l.slash;)
    if ((r.pos++, r.pos > m.length)) {
      k('Unterminated comment', r.pos - 2);
      return;
    }
  r.pos += 2;
}
function Ns(e) {
  let s = m.charCodeAt((r.pos += e));
  if (r.pos < m.length)
    for (
      ;
      s !== l.lineFeed &&
      s !== l.carriageReturn &&
      s !== l.lineSeparator &&
      s !== l.paragraphSeparator &&
      ++r.pos < m.length;
    )
      s = m.charCodeAt(r.pos);
}
function Ls() {
  for (; r.pos < m.length;) {
    let e = m.charCodeAt(r.pos);
    switch (e) {
      case l.carriageReturn:
        m.charCodeAt(r.pos + 1) === l.lineFeed && ++r.pos;
      case l.lineFeed:
      case l.lineSeparator:
      case l.paragraphSeparator:
        ++r.pos;
        break;
      case l.slash:
        switch (m.charCodeAt(r.pos + 1)) {
          case l.asterisk:
            ((r.pos += 2), Uo());
            break;
          case l.slash:
            Ns(2);
            break;
          default:
            return;
        }
        break;
      default:
        if (Ss[e]) ++r.pos;
        else return;
    }
  }
}
function b(e, s = a.NONE) {
  ((r.end = r.pos), (r.type = e), (r.contextualKeyword = s));
}
function Wo() {
  let e = m.charCodeAt(r.pos + 1);
  if (e >= l.digit0 && e <= l.digit9) {
    Or(!0);
    return;
  }
  e === l.dot && m.charCodeAt(r.pos + 2) === l.dot ? ((r.pos += 3), b(t.ellipsis)) : (++r.pos, b(t.dot));
}
function Xo() {
  m.charCodeAt(r.pos + 1) === l.equalsTo ? E(t.assign, 2) : E(t.slash, 1);
}
function Jo(e) {
  let s = e === l.asterisk ? t.star : t.modulo,
    n = 1,
    i = m.charCodeAt(r.pos + 1);
  (e === l.asterisk && i === l.asterisk && (n++, (i = m.charCodeAt(r.pos + 2)), (s = t.exponent)),
    i === l.equalsTo && m.charCodeAt(r.pos + 2) !== l.greaterThan && (n++, (s = t.assign)),
    E(s, n));
}
function Go(e) {
  let s = m.charCodeAt(r.pos + 1);
  if (s === e) {
    m.charCodeAt(r.pos + 2) === l.equalsTo
      ? E(t.assign, 3)
      : E(e === l.verticalBar ? t.logicalOR : t.logicalAND, 2);
    return;
  }
  if (e === l.verticalBar) {
    if (s === l.greaterThan) {
      E(t.pipeline, 2);
      return;
    } else if (s === l.rightCurlyBrace && T) {
      E(t.braceBarR, 2);
      return;
    }
  }
  if (s === l.equalsTo) {
    E(t.assign, 2);
    return;
  }
  E(e === l.verticalBar ? t.bitwiseOR : t.bitwiseAND, 1);
}
function zo() {
  m.charCodeAt(r.pos + 1) === l.equalsTo ? E(t.assign, 2) : E(t.bitwiseXOR, 1);
}
function Yo(e) {
  let s = m.charCodeAt(r.pos + 1);
  if (s === e) {
    E(t.preIncDec, 2);
    return;
  }
  s === l.equalsTo ? E(t.assign, 2) : e === l.plusSign ? E(t.plus, 1) : E(t.minus, 1);
}
function Qo() {
  let e = m.charCodeAt(r.pos + 1);
  if (e === l.lessThan) {
    if (m.charCodeAt(r.pos + 2) === l.equalsTo) {
      E(t.assign, 3);
      return;
    }
    r.isType ? E(t.lessThan, 1) : E(t.bitShiftL, 2);
    return;
  }
  e === l.equalsTo ? E(t.relationalOrEqual, 2) : E(t.lessThan, 1);
}
function vr() {
  if (r.isType) {
    E(t.greaterThan, 1);
    return;
  }
  let e = m.charCodeAt(r.pos + 1);
  if (e === l.greaterThan) {
    let s = m.charCodeAt(r.pos + 2) === l.greaterThan ? 3 : 2;
    if (m.charCodeAt(r.pos + s) === l.equalsTo) {
      E(t.assign, s + 1);
      return;
    }
    E(t.bitShiftR, s);
    return;
  }
  e === l.equalsTo ? E(t.relationalOrEqual, 2) : E(t.greaterThan, 1);
}
function R1() {
  r.type === t.greaterThan && ((r.pos -= 1), vr());
}
function Ko(e) {
  let s = m.charCodeAt(r.pos + 1);
  if (s === l.equalsTo) {
    E(t.equality, m.charCodeAt(r.pos + 2) === l.equalsTo ? 3 : 2);
    return;
  }
  if (e === l.equalsTo && s === l.greaterThan) {
    ((r.pos += 2), b(t.arrow));
    return;
  }
  E(e === l.equalsTo ? t.eq : t.bang, 1);
}
function Zo() {
  let e = m.charCodeAt(r.pos + 1),
    s = m.charCodeAt(r.pos + 2);
  e === l.questionMark && !(T && r.isType)
    ? s === l.equalsTo
      ? E(t.assign, 3)
      : E(t.nullishCoalescing, 2)
    : e === l.dot && !(s >= l.digit0 && s <= l.digit9)
      ? ((r.pos += 2), b(t.questionDot))
      : (++r.pos, b(t.question));
}
function Fs(e) {
  switch (e) {
    case l.numberSign:
      (++r.pos, b(t.hash));
      return;
    case l.dot:
      Wo();
      return;
    case l.leftParenthesis:
      (++r.pos, b(t.parenL));
      return;
    case l.rightParenthesis:
      (++r.pos, b(t.parenR));
      return;
    case l.semicolon:
      (++r.pos, b(t.semi));
      return;
    case l.comma:
      (++r.pos, b(t.comma));
      return;
    case l.leftSquareBracket:
      (++r.pos, b(t.bracketL));
      return;
    case l.rightSquareBracket:
      (++r.pos, b(t.bracketR));
      return;
    case l.leftCurlyBrace:
      T && m.charCodeAt(r.pos + 1) === l.verticalBar ? E(t.braceBarL, 2) : (++r.pos, b(t.braceL));
      return;
    case l.rightCurlyBrace:
      (++r.pos, b(t.braceR));
      return;
    case l.colon:
      m.charCodeAt(r.pos + 1) === l.colon ? E(t.doubleColon, 2) : (++r.pos, b(t.colon));
      return;
    case l.questionMark:
      Zo();
      return;
    case l.atSign:
      (++r.pos, b(t.at));
      return;
    case l.graveAccent:
      (++r.pos, b(t.backQuote));
      return;
    case l.digit0: {
      let s = m.charCodeAt(r.pos + 1);
      if (
        s === l.lowercaseX ||
        s === l.uppercaseX ||
        s === l.lowercaseO ||
        s === l.uppercaseO ||
        s === l.lowercaseB ||
        s === l.uppercaseB
      ) {
        ti();
        return;
      }
    }
    case l.digit1:
    case l.digit2:
    case l.digit3:
    case l.digit4:
    case l.digit5:
    case l.digit6:
    case l.digit7:
    case l.digit8:
    case l.digit9:
      Or(!1);
      return;
    case l.quotationMark:
    case l.apostrophe:
      si(e);
      return;
    case l.slash:
      Xo();
      return;
    case l.percentSign:
    case l.asterisk:
      Jo(e);
      return;
    case l.verticalBar:
    case l.ampersand:
      Go(e);
      return;
    case l.caret:
      zo();
      return;
    case l.plusSign:
    case l.dash:
      Yo(e);
      return;
    case l.lessThan:
      Qo();
      return;
    case l.greaterThan:
      vr();
      return;
    case l.equalsTo:
    case l.exclamationMark:
      Ko(e);
      return;
    case l.tilde:
      E(t.tilde, 1);
      return;
    default:
      break;
  }
  k(`Unexpected character '${String.fromCharCode(e)}'`, r.pos);
}
function E(e, s) {
  ((r.pos += s), b(e));
}
function ei() {
  let e = r.pos,
    s = !1,
    n = !1;
  for (;;) {
    if (r.pos >= m.length) {
      k('Unterminated regular expression', e);
      return;
    }
    let i = m.charCodeAt(r.pos);
    if (s) s = !1;
    else {
      if (i === l.leftSquareBracket) n = !0;
      else if (i === l.rightSquareBracket && n) n = !1;
      else if (i === l.slash && !n) break;
      s = i === l.backslash;
    }
    ++r.pos;
  }
  (++r.pos, ni(), b(t.regexp));
}
function Es() {
  for (;;) {
    let e = m.charCodeAt(r.pos);
    if ((e >= l.digit0 && e <= l.digit9) || e === l.underscore) r.pos++;
    else break;
  }
}
function ti() {
  for (r.pos += 2; ;) {
    let s = m.charCodeAt(r.pos);
    if (
      (s >= l.digit0 && s <= l.digit9) ||
      (s >= l.lowercaseA && s <= l.lowercaseF) ||
      (s >= l.uppercaseA && s <= l.uppercaseF) ||
      s === l.underscore
    )
      r.pos++;
    else break;
  }
  m.charCodeAt(r.pos) === l.lowercaseN ? (++r.pos, b(t.bigint)) : b(t.num);
}
function Or(e) {
  let s = !1,
    n = !1;
  e || Es();
  let i = m.charCodeAt(r.pos);
  if (
    (i === l.dot && (++r.pos, Es(), (i = m.charCodeAt(r.pos))),
    (i === l.uppercaseE || i === l.lowercaseE) &&
      ((i = m.charCodeAt(++r.pos)),
      (i === l.plusSign || i === l.dash) && ++r.pos,
      Es(),
      (i = m.charCodeAt(r.pos))),
    i === l.lowercaseN ? (++r.pos, (s = !0)) : i === l.lowercaseM && (++r.pos, (n = !0)),
    s)
  ) {
    b(t.bigint);
    return;
  }
  if (n) {
    b(t.decimal);
    return;
  }
  b(t.num);
}
function si(e) {
  for (r.pos++; ;) {
    if (r.pos >= m.length) {
      k('Unterminated string constant');
      return;
    }
    let s = m.charCodeAt(r.pos);
    if (s === l.backslash) r.pos++;
    else if (s === e) break;
    r.pos++;
  }
  (r.pos++, b(t.string));
}
function ri() {
  for (;;) {
    if (r.pos >= m.length) {
      k('Unterminated template');
      return;
    }
    let e = m.charCodeAt(r.pos);
    if (e === l.graveAccent || (e === l.dollarSign && m.charCodeAt(r.pos + 1) === l.leftCurlyBrace)) {
      if (r.pos === r.start && o(t.template))
        if (e === l.dollarSign) {
          ((r.pos += 2), b(t.dollarBraceL));
          return;
        } else {
          (++r.pos, b(t.backQuote));
          return;
        }
      b(t.template);
      return;
    }
    (e === l.backslash && r.pos++, r.pos++);
  }
}
function ni() {
  for (; r.pos < m.length;) {
    let e = m.charCodeAt(r.pos);
    if (H[e]) r.pos++;
    else if (e === l.backslash) {
      if (((r.pos += 2), m.charCodeAt(r.pos) === l.leftCurlyBrace)) {
        for (; r.pos < m.length && m.charCodeAt(r.pos) !== l.rightCurlyBrace;) r.pos++;
        r.pos++;
      }
    } else break;
  }
}
function N1(e, s, n) {
  oi(e, n) && ii(e, s, n);
}
function oi(e, s) {
  for (let n of e.tokens)
    if (n.type === t.name && !n.isType && Dr(n) && s.has(e.identifierNameForToken(n))) return !0;
  return !1;
}
function ii(e, s, n) {
  let i = [],
    c = s.length - 1;
  for (let u = e.tokens.length - 1; ; u--) {
    for (; i.length > 0 && i[i.length - 1].startTokenIndex === u + 1;) i.pop();
    for (; c >= 0 && s[c].endTokenIndex === u + 1;) (i.push(s[c]), c--);
    if (u < 0) break;
    let d = e.tokens[u],
      g = e.identifierNameForToken(d);
    if (i.length > 1 && !d.isType && d.type === t.name && n.has(g)) {
      if (Nr(d)) jr(i[i.length - 1], e, g);
      else if (Lr(d)) {
        let A = i.length - 1;
        for (; A > 0 && !i[A].isFunctionScope;) A--;
        if (A < 0) throw new Error('Did not find parent function scope.');
        jr(i[A], e, g);
      }
    }
  }
  if (i.length > 0) throw new Error('Expected empty scope stack after processing file.');
}
function jr(e, s, n) {
  for (let i = e.startTokenIndex; i < e.endTokenIndex; i++) {
    let c = s.tokens[i];
    (c.type === t.name || c.type === t.jsxName) &&
      s.identifierNameForToken(c) === n &&
      (c.shadowsGlobal = !0);
  }
}
function vs(e, s) {
  let n = [];
  for (let i of s) i.type === t.name && n.push(e.slice(i.start, i.end));
  return n;
}
var a1 = class e {
  __init() {
    this.usedNames = new Set();
  }
  constructor(s, n) {
    (e.prototype.__init.call(this), (this.usedNames = new Set(vs(s, n))));
  }
  claimFreeName(s) {
    let n = this.findFreeName(s);
    return (this.usedNames.add(n), n);
  }
  findFreeName(s) {
    if (!this.usedNames.has(s)) return s;
    let n = 2;
    for (; this.usedNames.has(s + String(n));) n++;
    return s + String(n);
  }
};
function Os() {
  (h(), j(!1));
}
function js(e) {
  (h(), l1(e));
}
function ee(e) {
  (_(), L1(e));
}
function Ge() {
  (_(), (r.tokens[r.tokens.length - 1].identifierRole = w.ImportDeclaration));
}
function L1(e) {
  let s;
  (r.scopeDepth === 0
    ? (s = w.TopLevelDeclaration)
    : e
      ? (s = w.BlockScopedDeclaration)
      : (s = w.FunctionScopedDeclaration),
    (r.tokens[r.tokens.length - 1].identifierRole = s));
}
function l1(e) {
  switch (r.type) {
    case t._this: {
      let s = y(0);
      (h(), I(s));
      return;
    }
    case t._yield:
    case t.name: {
      ((r.type = t.name), ee(e));
      return;
    }
    case t.bracketL: {
      (h(), u1(t.bracketR, e, !0));
      return;
    }
    case t.braceL:
      f1(!0, e);
      return;
    default:
      k();
  }
}
function u1(e, s, n = !1, i = !1, c = 0) {
  let u = !0,
    d = !1,
    g = r.tokens.length;
  for (; !p(e) && !r.error;)
    if (
      (u
        ? (u = !1)
        : (f(t.comma),
          (r.tokens[r.tokens.length - 1].contextId = c),
          !d && r.tokens[g].isType && ((r.tokens[r.tokens.length - 1].isType = !0), (d = !0))),
      !(n && o(t.comma)))
    ) {
      if (p(e)) break;
      if (o(t.ellipsis)) {
        (js(s), qr(), p(t.comma), f(e));
        break;
      } else ai(i, s);
    }
}
function ai(e, s) {
  (e && p1([a._public, a._protected, a._private, a._readonly, a._override]), c1(s), qr(), c1(s, !0));
}
function qr() {
  T ? Mr() : S && Br();
}
function c1(e, s = !1) {
  if ((s || l1(e), !p(t.eq))) return;
  let n = r.tokens.length - 1;
  (j(), (r.tokens[n].rhsEndIndex = r.tokens.length));
}
function Bs() {
  return o(t.name);
}
function ci() {
  return o(t.name) || !!(r.type & t.IS_KEYWORD) || o(t.string) || o(t.num) || o(t.bigint) || o(t.decimal);
}
function Xr() {
  let e = r.snapshot();
  return (
    h(),
    (o(t.bracketL) || o(t.braceL) || o(t.star) || o(t.ellipsis) || o(t.hash) || ci()) && !M()
      ? !0
      : (r.restoreFromSnapshot(e), !1)
  );
}
function p1(e) {
  for (; Jr(e) !== null;);
}
function Jr(e) {
  if (!o(t.name)) return null;
  let s = r.contextualKeyword;
  if (e.indexOf(s) !== -1 && Xr()) {
    switch (s) {
      case a._readonly:
        r.tokens[r.tokens.length - 1].type = t._readonly;
        break;
      case a._abstract:
        r.tokens[r.tokens.length - 1].type = t._abstract;
        break;
      case a._static:
        r.tokens[r.tokens.length - 1].type = t._static;
        break;
      case a._public:
        r.tokens[r.tokens.length - 1].type = t._public;
        break;
      case a._private:
        r.tokens[r.tokens.length - 1].type = t._private;
        break;
      case a._protected:
        r.tokens[r.tokens.length - 1].type = t._protected;
        break;
      case a._override:
        r.tokens[r.tokens.length - 1].type = t._override;
        break;
      case a._declare:
        r.tokens[r.tokens.length - 1].type = t._declare;
        break;
      default:
        break;
    }
    return s;
  }
  return null;
}
function m1() {
  for (_(); p(t.dot);) _();
}
function li() {
  (m1(), !M() && o(t.lessThan) && Qe());
}
function ui() {
  (h(), Ye());
}
function pi() {
  h();
}
function fi() {
  (f(t._typeof), o(t._import) ? Gr() : m1(), !M() && o(t.lessThan) && Qe());
}
function Gr() {
  (f(t._import), f(t.parenL), f(t.string), f(t.parenR), p(t.dot) && m1(), o(t.lessThan) && Qe());
}
function hi() {
  p(t._const);
  let e = p(t._in),
    s = v(a._out);
  (p(t._const),
    (e || s) && !o(t.name) ? (r.tokens[r.tokens.length - 1].type = t.name) : _(),
    p(t._extends) && L(),
    p(t.eq) && L());
}
function ge() {
  o(t.lessThan) && v1();
}
function v1() {
  let e = y(0);
  for (o(t.lessThan) || o(t.typeParameterStart) ? h() : k(); !p(t.greaterThan) && !r.error;)
    (hi(), p(t.comma));
  I(e);
}
function Hs(e) {
  let s = e === t.arrow;
  (ge(), f(t.parenL), r.scopeDepth++, mi(!1), r.scopeDepth--, (s || o(e)) && h1(e));
}
function mi(e) {
  u1(t.parenR, e);
}
function F1() {
  p(t.comma) || C();
}
function $r() {
  (Hs(t.colon), F1());
}
function di() {
  let e = r.snapshot();
  h();
  let s = p(t.name) && o(t.colon);
  return (r.restoreFromSnapshot(e), s);
}
function zr() {
  if (!(o(t.bracketL) && di())) return !1;
  let e = y(0);
  return (f(t.bracketL), _(), Ye(), f(t.bracketR), we(), F1(), I(e), !0);
}
function Hr(e) {
  (p(t.question), !e && (o(t.parenL) || o(t.lessThan)) ? (Hs(t.colon), F1()) : (we(), F1()));
}
function xi() {
  if (o(t.parenL) || o(t.lessThan)) {
    $r();
    return;
  }
  if (o(t._new)) {
    (h(), o(t.parenL) || o(t.lessThan) ? $r() : Hr(!1));
    return;
  }
  let e = !!Jr([a._readonly]);
  zr() || ((x(a._get) || x(a._set)) && Xr(), ye(-1), Hr(e));
}
function _i() {
  Yr();
}
function Yr() {
  for (f(t.braceL); !p(t.braceR) && !r.error;) xi();
}
function ki() {
  let e = r.snapshot(),
    s = gi();
  return (r.restoreFromSnapshot(e), s);
}
function gi() {
  return (
    h(),
    p(t.plus) || p(t.minus)
      ? x(a._readonly)
      : (x(a._readonly) && h(), !o(t.bracketL) || (h(), !Bs()) ? !1 : (h(), o(t._in)))
  );
}
function bi() {
  (_(), f(t._in), L());
}
function Ii() {
  (f(t.braceL),
    o(t.plus) || o(t.minus) ? (h(), R(a._readonly)) : v(a._readonly),
    f(t.bracketL),
    bi(),
    v(a._as) && L(),
    f(t.bracketR),
    o(t.plus) || o(t.minus) ? (h(), f(t.question)) : p(t.question),
    vi(),
    C(),
    f(t.braceR));
}
function wi() {
  for (f(t.bracketL); !p(t.bracketR) && !r.error;) (yi(), p(t.comma));
}
function yi() {
  (p(t.ellipsis) ? L() : (L(), p(t.question)), p(t.colon) && L());
}
function Si() {
  (f(t.parenL), L(), f(t.parenR));
}
function Ti() {
  for (se(), se(); !o(t.backQuote) && !r.error;) (f(t.dollarBraceL), L(), se(), se());
  h();
}
var _e;
(function (e) {
  e[(e.TSFunctionType = 0)] = 'TSFunctionType';
  let n = 1;
  e[(e.TSConstructorType = n)] = 'TSConstructorType';
  let i = n + 1;
  e[(e.TSAbstractConstructorType = i)] = 'TSAbstractConstructorType';
})(_e || (_e = {}));
function qs(e) {
  (e === _e.TSAbstractConstructorType && R(a._abstract),
    (e === _e.TSConstructorType || e === _e.TSAbstractConstructorType) && f(t._new));
  let s = r.inDisallowConditionalTypesContext;
  ((r.inDisallowConditionalTypesContext = !1), Hs(t.arrow), (r.inDisallowConditionalTypesContext = s));
}
function Ai() {
  switch (r.type) {
    case t.name:
      li();
      return;
    case t._void:
    case t._null:
      h();
      return;
    case t.string:
    case t.num:
    case t.bigint:
    case t.decimal:
    case t._true:
    case t._false:
      ke();
      return;
    case t.minus:
      (h(), ke());
      return;
    case t._this: {
      (pi(), x(a._is) && !M() && ui());
      return;
    }
    case t._typeof:
      fi();
      return;
    case t._import:
      Gr();
      return;
    case t.braceL:
      ki() ? Ii() : _i();
      return;
    case t.bracketL:
      wi();
      return;
    case t.parenL:
      Si();
      return;
    case t.backQuote:
      Ti();
      return;
    default:
      if (r.type & t.IS_KEYWORD) {
        (h(), (r.tokens[r.tokens.length - 1].type = t.name));
        return;
      }
      break;
  }
  k();
}
function Ei() {
  for (Ai(); !M() && p(t.bracketL);) p(t.bracketR) || (L(), f(t.bracketR));
}
function Pi() {
  if ((R(a._infer), _(), o(t._extends))) {
    let e = r.snapshot();
    f(t._extends);
    let s = r.inDisallowConditionalTypesContext;
    ((r.inDisallowConditionalTypesContext = !0),
      L(),
      (r.inDisallowConditionalTypesContext = s),
      (r.error || (!r.inDisallowConditionalTypesContext && o(t.question))) && r.restoreFromSnapshot(e));
  }
}
function Ms() {
  if (x(a._keyof) || x(a._unique) || x(a._readonly)) (h(), Ms());
  else if (x(a._infer)) Pi();
  else {
    let e = r.inDisallowConditionalTypesContext;
    ((r.inDisallowConditionalTypesContext = !1), Ei(), (r.inDisallowConditionalTypesContext = e));
  }
}
function Vr() {
  if ((p(t.bitwiseAND), Ms(), o(t.bitwiseAND))) for (; p(t.bitwiseAND);) Ms();
}
function Ci() {
  if ((p(t.bitwiseOR), Vr(), o(t.bitwiseOR))) for (; p(t.bitwiseOR);) Vr();
}
function Di() {
  return o(t.lessThan) ? !0 : o(t.parenL) && Ni();
}
function Ri() {
  if (o(t.name) || o(t._this)) return (h(), !0);
  if (o(t.braceL) || o(t.bracketL)) {
    let e = 1;
    for (h(); e > 0 && !r.error;)
      (o(t.braceL) || o(t.bracketL) ? e++ : (o(t.braceR) || o(t.bracketR)) && e--, h());
    return !0;
  }
  return !1;
}
function Ni() {
  let e = r.snapshot(),
    s = Li();
  return (r.restoreFromSnapshot(e), s);
}
function Li() {
  return (
    h(),
    !!(
      o(t.parenR) ||
      o(t.ellipsis) ||
      (Ri() && (o(t.colon) || o(t.comma) || o(t.question) || o(t.eq) || (o(t.parenR) && (h(), o(t.arrow)))))
    )
  );
}
function h1(e) {
  let s = y(0);
  (f(e), Oi() || L(), I(s));
}
function Fi() {
  o(t.colon) && h1(t.colon);
}
function we() {
  o(t.colon) && Ye();
}
function vi() {
  p(t.colon) && L();
}
function Oi() {
  let e = r.snapshot();
  return x(a._asserts)
    ? (h(),
      v(a._is) ? (L(), !0) : Bs() || o(t._this) ? (h(), v(a._is) && L(), !0) : (r.restoreFromSnapshot(e), !1))
    : Bs() || o(t._this)
      ? (h(), x(a._is) && !M() ? (h(), L(), !0) : (r.restoreFromSnapshot(e), !1))
      : !1;
}
function Ye() {
  let e = y(0);
  (f(t.colon), L(), I(e));
}
function L() {
  if ((Ur(), r.inDisallowConditionalTypesContext || M() || !p(t._extends))) return;
  let e = r.inDisallowConditionalTypesContext;
  ((r.inDisallowConditionalTypesContext = !0),
    Ur(),
    (r.inDisallowConditionalTypesContext = e),
    f(t.question),
    L(),
    f(t.colon),
    L());
}
function ji() {
  return x(a._abstract) && D() === t._new;
}
function Ur() {
  if (Di()) {
    qs(_e.TSFunctionType);
    return;
  }
  if (o(t._new)) {
    qs(_e.TSConstructorType);
    return;
  } else if (ji()) {
    qs(_e.TSAbstractConstructorType);
    return;
  }
  Ci();
}
function Qr() {
  let e = y(1);
  (L(), f(t.greaterThan), I(e), Ke());
}
function Kr() {
  if (p(t.jsxTagStart)) {
    r.tokens[r.tokens.length - 1].type = t.typeParameterStart;
    let e = y(1);
    for (; !o(t.greaterThan) && !r.error;) (L(), p(t.comma));
    (G(), I(e));
  }
}
function Zr() {
  for (; !o(t.braceL) && !r.error;) (qi(), p(t.comma));
}
function qi() {
  (m1(), o(t.lessThan) && Qe());
}
function Bi() {
  (ee(!1), ge(), p(t._extends) && Zr(), Yr());
}
function Mi() {
  (ee(!1), ge(), f(t.eq), L(), C());
}
function $i() {
  if ((o(t.string) ? ke() : _(), p(t.eq))) {
    let e = r.tokens.length - 1;
    (j(), (r.tokens[e].rhsEndIndex = r.tokens.length));
  }
}
function Vs() {
  for (ee(!1), f(t.braceL); !p(t.braceR) && !r.error;) ($i(), p(t.comma));
}
function Us() {
  (f(t.braceL), Ze(t.braceR));
}
function $s() {
  (ee(!1), p(t.dot) ? $s() : Us());
}
function en() {
  (x(a._global) ? _() : o(t.string) ? K() : k(), o(t.braceL) ? Us() : C());
}
function O1() {
  (Ge(), f(t.eq), Vi(), C());
}
function Hi() {
  return x(a._require) && D() === t.parenL;
}
function Vi() {
  Hi() ? Ui() : m1();
}
function Ui() {
  (R(a._require), f(t.parenL), o(t.string) || k(), ke(), f(t.parenR));
}
function Wi() {
  if (Y()) return !1;
  switch (r.type) {
    case t._function: {
      let e = y(1);
      h();
      let s = r.start;
      return (le(s, !0), I(e), !0);
    }
    case t._class: {
      let e = y(1);
      return (pe(!0, !1), I(e), !0);
    }
    case t._const:
      if (o(t._const) && Je(a._enum)) {
        let e = y(1);
        return (f(t._const), R(a._enum), (r.tokens[r.tokens.length - 1].type = t._enum), Vs(), I(e), !0);
      }
    case t._var:
    case t._let: {
      let e = y(1);
      return (x1(r.type !== t._var), I(e), !0);
    }
    case t.name: {
      let e = y(1),
        s = r.contextualKeyword,
        n = !1;
      return (s === a._global ? (en(), (n = !0)) : (n = j1(s, !0)), I(e), n);
    }
    default:
      return !1;
  }
}
function Wr() {
  return j1(r.contextualKeyword, !0);
}
function Xi(e) {
  switch (e) {
    case a._declare: {
      let s = r.tokens.length - 1;
      if (Wi()) return ((r.tokens[s].type = t._declare), !0);
      break;
    }
    case a._global:
      if (o(t.braceL)) return (Us(), !0);
      break;
    default:
      return j1(e, !1);
  }
  return !1;
}
function j1(e, s) {
  switch (e) {
    case a._abstract:
      if (ze(s) && o(t._class)) return ((r.tokens[r.tokens.length - 1].type = t._abstract), pe(!0, !1), !0);
      break;
    case a._enum:
      if (ze(s) && o(t.name)) return ((r.tokens[r.tokens.length - 1].type = t._enum), Vs(), !0);
      break;
    case a._interface:
      if (ze(s) && o(t.name)) {
        let n = y(s ? 2 : 1);
        return (Bi(), I(n), !0);
      }
      break;
    case a._module:
      if (ze(s)) {
        if (o(t.string)) {
          let n = y(s ? 2 : 1);
          return (en(), I(n), !0);
        } else if (o(t.name)) {
          let n = y(s ? 2 : 1);
          return ($s(), I(n), !0);
        }
      }
      break;
    case a._namespace:
      if (ze(s) && o(t.name)) {
        let n = y(s ? 2 : 1);
        return ($s(), I(n), !0);
      }
      break;
    case a._type:
      if (ze(s) && o(t.name)) {
        let n = y(s ? 2 : 1);
        return (Mi(), I(n), !0);
      }
      break;
    default:
      break;
  }
  return !1;
}
function ze(e) {
  return e ? (h(), !0) : !Y();
}
function Ji() {
  let e = r.snapshot();
  return (v1(), ue(), Fi(), f(t.arrow), r.error ? (r.restoreFromSnapshot(e), !1) : (Se(!0), !0));
}
function Ws() {
  (r.type === t.bitShiftL && ((r.pos -= 1), b(t.lessThan)), Qe());
}
function Qe() {
  let e = y(0);
  for (f(t.lessThan); !o(t.greaterThan) && !r.error;) (L(), p(t.comma));
  e ? (f(t.greaterThan), I(e)) : (I(e), R1(), f(t.greaterThan), (r.tokens[r.tokens.length - 1].isType = !0));
}
function Xs() {
  if (o(t.name))
    switch (r.contextualKeyword) {
      case a._abstract:
      case a._declare:
      case a._enum:
      case a._interface:
      case a._module:
      case a._namespace:
      case a._type:
        return !0;
      default:
        break;
    }
  return !1;
}
function tn(e, s) {
  if ((o(t.colon) && h1(t.colon), !o(t.braceL) && Y())) {
    let n = r.tokens.length - 1;
    for (
      ;
      n >= 0 && (r.tokens[n].start >= e || r.tokens[n].type === t._default || r.tokens[n].type === t._export);
    )
      ((r.tokens[n].isType = !0), n--);
    return;
  }
  Se(!1, s);
}
function sn(e, s, n) {
  if (!M() && p(t.bang)) {
    r.tokens[r.tokens.length - 1].type = t.nonNullAssertion;
    return;
  }
  if (o(t.lessThan) || o(t.bitShiftL)) {
    let i = r.snapshot();
    if (!s && Js() && Ji()) return;
    if (
      (Ws(),
      !s && p(t.parenL)
        ? ((r.tokens[r.tokens.length - 1].subscriptStartIndex = e), te())
        : o(t.backQuote)
          ? q1()
          : (r.type === t.greaterThan || (r.type !== t.parenL && r.type & t.IS_EXPRESSION_START && !M())) &&
            k(),
      r.error)
    )
      r.restoreFromSnapshot(i);
    else return;
  } else
    !s &&
      o(t.questionDot) &&
      D() === t.lessThan &&
      (h(),
      (r.tokens[e].isOptionalChainStart = !0),
      (r.tokens[r.tokens.length - 1].subscriptStartIndex = e),
      Qe(),
      f(t.parenL),
      te());
  d1(e, s, n);
}
function rn() {
  if (p(t._import)) return (x(a._type) && D() !== t.eq && R(a._type), O1(), !0);
  if (p(t.eq)) return (q(), C(), !0);
  if (v(a._as)) return (R(a._namespace), _(), C(), !0);
  if (x(a._type)) {
    let e = D();
    (e === t.braceL || e === t.star) && h();
  }
  return !1;
}
function nn() {
  if ((_(), o(t.comma) || o(t.braceR))) {
    r.tokens[r.tokens.length - 1].identifierRole = w.ImportDeclaration;
    return;
  }
  if ((_(), o(t.comma) || o(t.braceR))) {
    ((r.tokens[r.tokens.length - 1].identifierRole = w.ImportDeclaration),
      (r.tokens[r.tokens.length - 2].isType = !0),
      (r.tokens[r.tokens.length - 1].isType = !0));
    return;
  }
  if ((_(), o(t.comma) || o(t.braceR))) {
    ((r.tokens[r.tokens.length - 3].identifierRole = w.ImportAccess),
      (r.tokens[r.tokens.length - 1].identifierRole = w.ImportDeclaration));
    return;
  }
  (_(),
    (r.tokens[r.tokens.length - 3].identifierRole = w.ImportAccess),
    (r.tokens[r.tokens.length - 1].identifierRole = w.ImportDeclaration),
    (r.tokens[r.tokens.length - 4].isType = !0),
    (r.tokens[r.tokens.length - 3].isType = !0),
    (r.tokens[r.tokens.length - 2].isType = !0),
    (r.tokens[r.tokens.length - 1].isType = !0));
}
function on() {
  if ((_(), o(t.comma) || o(t.braceR))) {
    r.tokens[r.tokens.length - 1].identifierRole = w.ExportAccess;
    return;
  }
  if ((_(), o(t.comma) || o(t.braceR))) {
    ((r.tokens[r.tokens.length - 1].identifierRole = w.ExportAccess),
      (r.tokens[r.tokens.length - 2].isType = !0),
      (r.tokens[r.tokens.length - 1].isType = !0));
    return;
  }
  if ((_(), o(t.comma) || o(t.braceR))) {
    r.tokens[r.tokens.length - 3].identifierRole = w.ExportAccess;
    return;
  }
  (_(),
    (r.tokens[r.tokens.length - 3].identifierRole = w.ExportAccess),
    (r.tokens[r.tokens.length - 4].isType = !0),
    (r.tokens[r.tokens.length - 3].isType = !0),
    (r.tokens[r.tokens.length - 2].isType = !0),
    (r.tokens[r.tokens.length - 1].isType = !0));
}
function an() {
  if (x(a._abstract) && D() === t._class) return ((r.type = t._abstract), h(), pe(!0, !0), !0);
  if (x(a._interface)) {
    let e = y(2);
    return (j1(a._interface, !0), I(e), !0);
  }
  return !1;
}
function cn() {
  if (r.type === t._const) {
    let e = ae();
    if (e.type === t.name && e.contextualKeyword === a._enum)
      return (f(t._const), R(a._enum), (r.tokens[r.tokens.length - 1].type = t._enum), Vs(), !0);
  }
  return !1;
}
function ln(e) {
  let s = r.tokens.length;
  p1([a._abstract, a._readonly, a._declare, a._static, a._override]);
  let n = r.tokens.length;
  if (zr()) {
    let c = e ? s - 1 : s;
    for (let u = c; u < n; u++) r.tokens[u].isType = !0;
    return !0;
  }
  return !1;
}
function un(e) {
  Xi(e) || C();
}
function pn() {
  let e = v(a._declare);
  e && (r.tokens[r.tokens.length - 1].type = t._declare);
  let s = !1;
  if (o(t.name))
    if (e) {
      let n = y(2);
      ((s = Wr()), I(n));
    } else s = Wr();
  if (!s)
    if (e) {
      let n = y(2);
      (V(!0), I(n));
    } else V(!0);
}
function fn(e) {
  if ((e && (o(t.lessThan) || o(t.bitShiftL)) && Ws(), v(a._implements))) {
    r.tokens[r.tokens.length - 1].type = t._implements;
    let s = y(1);
    (Zr(), I(s));
  }
}
function hn() {
  ge();
}
function mn() {
  ge();
}
function dn() {
  let e = y(0);
  (M() || p(t.bang), we(), I(e));
}
function xn() {
  o(t.colon) && Ye();
}
function _n(e, s) {
  return Xe ? Gi(e, s) : zi(e, s);
}
function Gi(e, s) {
  if (!o(t.lessThan)) return Q(e, s);
  let n = r.snapshot(),
    i = Q(e, s);
  if (r.error) r.restoreFromSnapshot(n);
  else return i;
  return ((r.type = t.typeParameterStart), v1(), (i = Q(e, s)), i || k(), i);
}
function zi(e, s) {
  if (!o(t.lessThan)) return Q(e, s);
  let n = r.snapshot();
  v1();
  let i = Q(e, s);
  if ((i || k(), r.error)) r.restoreFromSnapshot(n);
  else return i;
  return Q(e, s);
}
function kn() {
  if (o(t.colon)) {
    let e = r.snapshot();
    (h1(t.colon), $() && k(), o(t.arrow) || k(), r.error && r.restoreFromSnapshot(e));
  }
  return p(t.arrow);
}
function Br() {
  let e = y(0);
  (p(t.question), we(), I(e));
}
function gn() {
  ((o(t.lessThan) || o(t.bitShiftL)) && Ws(), Gs());
}
function Yi() {
  let e = !1,
    s = !1;
  for (;;) {
    if (r.pos >= m.length) {
      k('Unterminated JSX contents');
      return;
    }
    let n = m.charCodeAt(r.pos);
    if (n === l.lessThan || n === l.leftCurlyBrace) {
      if (r.pos === r.start) {
        if (n === l.lessThan) {
          (r.pos++, b(t.jsxTagStart));
          return;
        }
        Fs(n);
        return;
      }
      e && !s ? b(t.jsxEmptyText) : b(t.jsxText);
      return;
    }
    (n === l.lineFeed ? (e = !0) : n !== l.space && n !== l.carriageReturn && n !== l.tab && (s = !0),
      r.pos++);
  }
}
function Qi(e) {
  for (r.pos++; ;) {
    if (r.pos >= m.length) {
      k('Unterminated string constant');
      return;
    }
    if (m.charCodeAt(r.pos) === e) {
      r.pos++;
      break;
    }
    r.pos++;
  }
  b(t.string);
}
function Ki() {
  let e;
  do {
    if (r.pos > m.length) {
      k('Unexpectedly reached the end of input.');
      return;
    }
    e = m.charCodeAt(++r.pos);
  } while (H[e] || e === l.dash);
  b(t.jsxName);
}
function zs() {
  G();
}
function bn(e) {
  if ((zs(), !p(t.colon))) {
    r.tokens[r.tokens.length - 1].identifierRole = e;
    return;
  }
  zs();
}
function In() {
  let e = r.tokens.length;
  bn(w.Access);
  let s = !1;
  for (; o(t.dot);) ((s = !0), G(), zs());
  if (!s) {
    let n = r.tokens[e],
      i = m.charCodeAt(n.start);
    i >= l.lowercaseA && i <= l.lowercaseZ && (n.identifierRole = null);
  }
}
function Zi() {
  switch (r.type) {
    case t.braceL:
      (h(), q(), G());
      return;
    case t.jsxTagStart:
      (Ys(), G());
      return;
    case t.string:
      G();
      return;
    default:
      k('JSX value should be either an expression or a quoted JSX text');
  }
}
function ea() {
  (f(t.ellipsis), q());
}
function ta(e) {
  if (o(t.jsxTagEnd)) return !1;
  (In(), S && Kr());
  let s = !1;
  for (; !o(t.slash) && !o(t.jsxTagEnd) && !r.error;) {
    if (p(t.braceL)) {
      ((s = !0), f(t.ellipsis), j(), G());
      continue;
    }
    (s &&
      r.end - r.start === 3 &&
      m.charCodeAt(r.start) === l.lowercaseK &&
      m.charCodeAt(r.start + 1) === l.lowercaseE &&
      m.charCodeAt(r.start + 2) === l.lowercaseY &&
      (r.tokens[e].jsxRole = J.KeyAfterPropSpread),
      bn(w.ObjectKey),
      o(t.eq) && (G(), Zi()));
  }
  let n = o(t.slash);
  return (n && G(), n);
}
function sa() {
  o(t.jsxTagEnd) || In();
}
function wn() {
  let e = r.tokens.length - 1;
  r.tokens[e].jsxRole = J.NoChildren;
  let s = 0;
  if (!ta(e))
    for (e1(); ;)
      switch (r.type) {
        case t.jsxTagStart:
          if ((G(), o(t.slash))) {
            (G(),
              sa(),
              r.tokens[e].jsxRole !== J.KeyAfterPropSpread &&
                (s === 1
                  ? (r.tokens[e].jsxRole = J.OneChild)
                  : s > 1 && (r.tokens[e].jsxRole = J.StaticChildren)));
            return;
          }
          (s++, wn(), e1());
          break;
        case t.jsxText:
          (s++, e1());
          break;
        case t.jsxEmptyText:
          e1();
          break;
        case t.braceL:
          (h(), o(t.ellipsis) ? (ea(), e1(), (s += 2)) : (o(t.braceR) || (s++, q()), e1()));
          break;
        default:
          k();
          return;
      }
}
function Ys() {
  (G(), wn());
}
function G() {
  (r.tokens.push(new Ie()), Ls(), (r.start = r.pos));
  let e = m.charCodeAt(r.pos);
  if (ce[e]) Ki();
  else if (e === l.quotationMark || e === l.apostrophe) Qi(e);
  else
    switch ((++r.pos, e)) {
      case l.greaterThan:
        b(t.jsxTagEnd);
        break;
      case l.lessThan:
        b(t.jsxTagStart);
        break;
      case l.slash:
        b(t.slash);
        break;
      case l.equalsTo:
        b(t.eq);
        break;
      case l.leftCurlyBrace:
        b(t.braceL);
        break;
      case l.dot:
        b(t.dot);
        break;
      case l.colon:
        b(t.colon);
        break;
      default:
        k();
    }
}
function e1() {
  (r.tokens.push(new Ie()), (r.start = r.pos), Yi());
}
function yn(e) {
  if (o(t.question)) {
    let s = D();
    if (s === t.colon || s === t.comma || s === t.parenR) return;
  }
  Qs(e);
}
function Sn() {
  (D1(t.question), o(t.colon) && (S ? Ye() : T && fe()));
}
var Ks = class {
  constructor(s) {
    this.stop = s;
  }
};
function q(e = !1) {
  if ((j(e), o(t.comma))) for (; p(t.comma);) j(e);
}
function j(e = !1, s = !1) {
  return S ? _n(e, s) : T ? Ln(e, s) : Q(e, s);
}
function Q(e, s) {
  if (o(t._yield)) return (ka(), !1);
  (o(t.parenL) || o(t.name) || o(t._yield)) && (r.potentialArrowAt = r.start);
  let n = ra(e);
  return (s && rr(), r.type & t.IS_ASSIGN ? (h(), j(e), !1) : n);
}
function ra(e) {
  return oa(e) ? !0 : (na(e), !1);
}
function na(e) {
  S || T ? yn(e) : Qs(e);
}
function Qs(e) {
  p(t.question) && (j(), f(t.colon), j(e));
}
function oa(e) {
  let s = r.tokens.length;
  return Ke() ? !0 : (B1(s, -1, e), !1);
}
function B1(e, s, n) {
  if (S && (t._in & t.PRECEDENCE_MASK) > s && !M() && (v(a._as) || v(a._satisfies))) {
    let c = y(1);
    (L(), I(c), R1(), B1(e, s, n));
    return;
  }
  let i = r.type & t.PRECEDENCE_MASK;
  if (i > 0 && (!n || !o(t._in)) && i > s) {
    let c = r.type;
    (h(), c === t.nullishCoalescing && (r.tokens[r.tokens.length - 1].nullishStartIndex = e));
    let u = r.tokens.length;
    (Ke(),
      B1(u, c & t.IS_RIGHT_ASSOCIATIVE ? i - 1 : i, n),
      c === t.nullishCoalescing &&
        (r.tokens[e].numNullishCoalesceStarts++, r.tokens[r.tokens.length - 1].numNullishCoalesceEnds++),
      B1(e, s, n));
  }
}
function Ke() {
  if (S && !Xe && p(t.lessThan)) return (Qr(), !1);
  if (x(a._module) && Ds() === l.leftCurlyBrace && !C1()) return (ga(), !1);
  if (r.type & t.IS_PREFIX) return (h(), Ke(), !1);
  if (Zs()) return !0;
  for (; r.type & t.IS_POSTFIX && !$();) (r.type === t.preIncDec && (r.type = t.postIncDec), h());
  return !1;
}
function Zs() {
  let e = r.tokens.length;
  return K()
    ? !0
    : (er(e),
      r.tokens.length > e &&
        r.tokens[e].isOptionalChainStart &&
        (r.tokens[r.tokens.length - 1].isOptionalChainEnd = !0),
      !1);
}
function er(e, s = !1) {
  T ? vn(e, s) : tr(e, s);
}
function tr(e, s = !1) {
  let n = new Ks(!1);
  do ia(e, s, n);
  while (!n.stop && !r.error);
}
function ia(e, s, n) {
  S ? sn(e, s, n) : T ? Cn(e, s, n) : d1(e, s, n);
}
function d1(e, s, n) {
  if (!s && p(t.doubleColon)) (sr(), (n.stop = !0), er(e, s));
  else if (o(t.questionDot)) {
    if (((r.tokens[e].isOptionalChainStart = !0), s && D() === t.parenL)) {
      n.stop = !0;
      return;
    }
    (h(),
      (r.tokens[r.tokens.length - 1].subscriptStartIndex = e),
      p(t.bracketL) ? (q(), f(t.bracketR)) : p(t.parenL) ? te() : M1());
  } else if (p(t.dot)) ((r.tokens[r.tokens.length - 1].subscriptStartIndex = e), M1());
  else if (p(t.bracketL)) ((r.tokens[r.tokens.length - 1].subscriptStartIndex = e), q(), f(t.bracketR));
  else if (!s && o(t.parenL))
    if (Js()) {
      let i = r.snapshot(),
        c = r.tokens.length;
      (h(), (r.tokens[r.tokens.length - 1].subscriptStartIndex = e));
      let u = be();
      ((r.tokens[r.tokens.length - 1].contextId = u),
        te(),
        (r.tokens[r.tokens.length - 1].contextId = u),
        aa() && (r.restoreFromSnapshot(i), (n.stop = !0), r.scopeDepth++, ue(), ca(c)));
    } else {
      (h(), (r.tokens[r.tokens.length - 1].subscriptStartIndex = e));
      let i = be();
      ((r.tokens[r.tokens.length - 1].contextId = i), te(), (r.tokens[r.tokens.length - 1].contextId = i));
    }
  else o(t.backQuote) ? q1() : (n.stop = !0);
}
function Js() {
  return r.tokens[r.tokens.length - 1].contextualKeyword === a._async && !$();
}
function te() {
  let e = !0;
  for (; !p(t.parenR) && !r.error;) {
    if (e) e = !1;
    else if ((f(t.comma), p(t.parenR))) break;
    En(!1);
  }
}
function aa() {
  return o(t.colon) || o(t.arrow);
}
function ca(e) {
  (S ? xn() : T && Nn(), f(t.arrow), t1(e));
}
function sr() {
  let e = r.tokens.length;
  (K(), er(e, !0));
}
function K() {
  if (p(t.modulo)) return (_(), !1);
  if (o(t.jsxText) || o(t.jsxEmptyText)) return (ke(), !1);
  if (o(t.lessThan) && Xe) return ((r.type = t.jsxTagStart), Ys(), h(), !1);
  let e = r.potentialArrowAt === r.start;
  switch (r.type) {
    case t.slash:
    case t.assign:
      Fr();
    case t._super:
    case t._this:
    case t.regexp:
    case t.num:
    case t.bigint:
    case t.decimal:
    case t.string:
    case t._null:
    case t._true:
    case t._false:
      return (h(), !1);
    case t._import:
      return (h(), o(t.dot) && ((r.tokens[r.tokens.length - 1].type = t.name), h(), _()), !1);
    case t.name: {
      let s = r.tokens.length,
        n = r.start,
        i = r.contextualKeyword;
      return (
        _(),
        i === a._await
          ? (_a(), !1)
          : i === a._async && o(t._function) && !$()
            ? (h(), le(n, !1), !1)
            : e && i === a._async && !$() && o(t.name)
              ? (r.scopeDepth++, ee(!1), f(t.arrow), t1(s), !0)
              : o(t._do) && !$()
                ? (h(), he(), !1)
                : e && !$() && o(t.arrow)
                  ? (r.scopeDepth++, L1(!1), f(t.arrow), t1(s), !0)
                  : ((r.tokens[r.tokens.length - 1].identifierRole = w.Access), !1)
      );
    }
    case t._do:
      return (h(), he(), !1);
    case t.parenL:
      return Tn(e);
    case t.bracketL:
      return (h(), An(t.bracketR, !0), !1);
    case t.braceL:
      return (f1(!1, !1), !1);
    case t._function:
      return (la(), !1);
    case t.at:
      U1();
    case t._class:
      return (pe(!1), !1);
    case t._new:
      return (pa(), !1);
    case t.backQuote:
      return (q1(), !1);
    case t.doubleColon:
      return (h(), sr(), !1);
    case t.hash: {
      let s = Ds();
      return (ce[s] || s === l.backslash ? M1() : h(), !1);
    }
    default:
      return (k(), !1);
  }
}
function M1() {
  (p(t.hash), _());
}
function la() {
  let e = r.start;
  (_(), p(t.dot) && _(), le(e, !1));
}
function ke() {
  h();
}
function _1() {
  (f(t.parenL), q(), f(t.parenR));
}
function Tn(e) {
  let s = r.snapshot(),
    n = r.tokens.length;
  f(t.parenL);
  let i = !0;
  for (; !o(t.parenR) && !r.error;) {
    if (i) i = !1;
    else if ((f(t.comma), o(t.parenR))) break;
    if (o(t.ellipsis)) {
      (js(!1), rr());
      break;
    } else j(!1, !0);
  }
  return (
    f(t.parenR),
    e && ua() && $1()
      ? (r.restoreFromSnapshot(s),
        r.scopeDepth++,
        ue(),
        $1(),
        t1(n),
        r.error ? (r.restoreFromSnapshot(s), Tn(!1), !1) : !0)
      : !1
  );
}
function ua() {
  return o(t.colon) || !$();
}
function $1() {
  return S ? kn() : T ? Fn() : p(t.arrow);
}
function rr() {
  (S || T) && Sn();
}
function pa() {
  if ((f(t._new), p(t.dot))) {
    _();
    return;
  }
  (fa(), T && Dn(), p(t.parenL) && An(t.parenR));
}
function fa() {
  (sr(), p(t.questionDot));
}
function q1() {
  for (se(), se(); !o(t.backQuote) && !r.error;) (f(t.dollarBraceL), q(), se(), se());
  h();
}
function f1(e, s) {
  let n = be(),
    i = !0;
  for (h(), r.tokens[r.tokens.length - 1].contextId = n; !p(t.braceR) && !r.error;) {
    if (i) i = !1;
    else if ((f(t.comma), p(t.braceR))) break;
    let c = !1;
    if (o(t.ellipsis)) {
      let u = r.tokens.length;
      if ((Os(), e && (r.tokens.length === u + 2 && L1(s), p(t.braceR)))) break;
      continue;
    }
    (e || (c = p(t.star)),
      !e && x(a._async)
        ? (c && k(),
          _(),
          o(t.colon) ||
            o(t.parenL) ||
            o(t.braceR) ||
            o(t.eq) ||
            o(t.comma) ||
            (o(t.star) && (h(), (c = !0)), ye(n)))
        : ye(n),
      xa(e, s, n));
  }
  r.tokens[r.tokens.length - 1].contextId = n;
}
function ha(e) {
  return !e && (o(t.string) || o(t.num) || o(t.bracketL) || o(t.name) || !!(r.type & t.IS_KEYWORD));
}
function ma(e, s) {
  let n = r.start;
  return o(t.parenL) ? (e && k(), H1(n, !1), !0) : ha(e) ? (ye(s), H1(n, !1), !0) : !1;
}
function da(e, s) {
  if (p(t.colon)) {
    e ? c1(s) : j(!1);
    return;
  }
  let n;
  (e
    ? r.scopeDepth === 0
      ? (n = w.ObjectShorthandTopLevelDeclaration)
      : s
        ? (n = w.ObjectShorthandBlockScopedDeclaration)
        : (n = w.ObjectShorthandFunctionScopedDeclaration)
    : (n = w.ObjectShorthand),
    (r.tokens[r.tokens.length - 1].identifierRole = n),
    c1(s, !0));
}
function xa(e, s, n) {
  (S ? hn() : T && Rn(), ma(e, n) || da(e, s));
}
function ye(e) {
  (T && V1(),
    p(t.bracketL)
      ? ((r.tokens[r.tokens.length - 1].contextId = e),
        j(),
        f(t.bracketR),
        (r.tokens[r.tokens.length - 1].contextId = e))
      : (o(t.num) || o(t.string) || o(t.bigint) || o(t.decimal) ? K() : M1(),
        (r.tokens[r.tokens.length - 1].identifierRole = w.ObjectKey),
        (r.tokens[r.tokens.length - 1].contextId = e)));
}
function H1(e, s) {
  let n = be();
  r.scopeDepth++;
  let i = r.tokens.length;
  (ue(s, n), nr(e, n));
  let u = r.tokens.length;
  (r.scopes.push(new U(i, u, !0)), r.scopeDepth--);
}
function t1(e) {
  Se(!0);
  let s = r.tokens.length;
  (r.scopes.push(new U(e, s, !0)), r.scopeDepth--);
}
function nr(e, s = 0) {
  S ? tn(e, s) : T ? Pn(s) : Se(!1, s);
}
function Se(e, s = 0) {
  e && !o(t.braceL) ? j() : he(!0, s);
}
function An(e, s = !1) {
  let n = !0;
  for (; !p(e) && !r.error;) {
    if (n) n = !1;
    else if ((f(t.comma), p(e))) break;
    En(s);
  }
}
function En(e) {
  (e && o(t.comma)) || (o(t.ellipsis) ? (Os(), rr()) : o(t.question) ? h() : j(!1, !0));
}
function _() {
  (h(), (r.tokens[r.tokens.length - 1].type = t.name));
}
function _a() {
  Ke();
}
function ka() {
  (h(), !o(t.semi) && !$() && (p(t.star), j()));
}
function ga() {
  (R(a._module), f(t.braceL), Ze(t.braceR));
}
function ba(e) {
  return (e.type === t.name || !!(e.type & t.IS_KEYWORD)) && e.contextualKeyword !== a._from;
}
function re(e) {
  let s = y(0);
  (f(e || t.colon), W(), I(s));
}
function On() {
  (f(t.modulo), R(a._checks), p(t.parenL) && (q(), f(t.parenR)));
}
function ar() {
  let e = y(0);
  (f(t.colon), o(t.modulo) ? On() : (W(), o(t.modulo) && On()), I(e));
}
function Ia() {
  (h(), cr(!0));
}
function wa() {
  (h(), _(), o(t.lessThan) && Z(), f(t.parenL), ir(), f(t.parenR), ar(), C());
}
function or() {
  o(t._class)
    ? Ia()
    : o(t._function)
      ? wa()
      : o(t._var)
        ? ya()
        : v(a._module)
          ? p(t.dot)
            ? Aa()
            : Sa()
          : x(a._type)
            ? Ea()
            : x(a._opaque)
              ? Pa()
              : x(a._interface)
                ? Ca()
                : o(t._export)
                  ? Ta()
                  : k();
}
function ya() {
  (h(), Hn(), C());
}
function Sa() {
  for (o(t.string) ? K() : _(), f(t.braceL); !o(t.braceR) && !r.error;) o(t._import) ? (h(), dr()) : k();
  f(t.braceR);
}
function Ta() {
  (f(t._export),
    p(t._default)
      ? o(t._function) || o(t._class)
        ? or()
        : (W(), C())
      : o(t._var) || o(t._function) || o(t._class) || x(a._opaque)
        ? or()
        : o(t.star) || o(t.braceL) || x(a._interface) || x(a._type) || x(a._opaque)
          ? mr()
          : k());
}
function Aa() {
  (R(a._exports), fe(), C());
}
function Ea() {
  (h(), ur());
}
function Pa() {
  (h(), pr(!0));
}
function Ca() {
  (h(), cr());
}
function cr(e = !1) {
  if ((z1(), o(t.lessThan) && Z(), p(t._extends)))
    do W1();
    while (!e && p(t.comma));
  if (x(a._mixins)) {
    h();
    do W1();
    while (p(t.comma));
  }
  if (x(a._implements)) {
    h();
    do W1();
    while (p(t.comma));
  }
  X1(e, !1, e);
}
function W1() {
  (Bn(!1), o(t.lessThan) && Te());
}
function lr() {
  cr();
}
function z1() {
  _();
}
function ur() {
  (z1(), o(t.lessThan) && Z(), re(t.eq), C());
}
function pr(e) {
  (R(a._type), z1(), o(t.lessThan) && Z(), o(t.colon) && re(t.colon), e || re(t.eq), C());
}
function Da() {
  (V1(), Hn(), p(t.eq) && W());
}
function Z() {
  let e = y(0);
  o(t.lessThan) || o(t.typeParameterStart) ? h() : k();
  do (Da(), o(t.greaterThan) || f(t.comma));
  while (!o(t.greaterThan) && !r.error);
  (f(t.greaterThan), I(e));
}
function Te() {
  let e = y(0);
  for (f(t.lessThan); !o(t.greaterThan) && !r.error;) (W(), o(t.greaterThan) || f(t.comma));
  (f(t.greaterThan), I(e));
}
function Ra() {
  if ((R(a._interface), p(t._extends)))
    do W1();
    while (p(t.comma));
  X1(!1, !1, !1);
}
function fr() {
  o(t.num) || o(t.string) ? K() : _();
}
function Na() {
  (D() === t.colon ? (fr(), re()) : W(), f(t.bracketR), re());
}
function La() {
  (fr(), f(t.bracketR), f(t.bracketR), o(t.lessThan) || o(t.parenL) ? hr() : (p(t.question), re()));
}
function hr() {
  for (o(t.lessThan) && Z(), f(t.parenL); !o(t.parenR) && !o(t.ellipsis) && !r.error;)
    (J1(), o(t.parenR) || f(t.comma));
  (p(t.ellipsis) && J1(), f(t.parenR), re());
}
function Fa() {
  hr();
}
function X1(e, s, n) {
  let i;
  for (
    s && o(t.braceBarL) ? (f(t.braceBarL), (i = t.braceBarR)) : (f(t.braceL), (i = t.braceR));
    !o(i) && !r.error;
  ) {
    if (n && x(a._proto)) {
      let c = D();
      c !== t.colon && c !== t.question && (h(), (e = !1));
    }
    if (e && x(a._static)) {
      let c = D();
      c !== t.colon && c !== t.question && h();
    }
    if ((V1(), p(t.bracketL))) p(t.bracketL) ? La() : Na();
    else if (o(t.parenL) || o(t.lessThan)) Fa();
    else {
      if (x(a._get) || x(a._set)) {
        let c = D();
        (c === t.name || c === t.string || c === t.num) && h();
      }
      va();
    }
    Oa();
  }
  f(i);
}
function va() {
  if (o(t.ellipsis)) {
    if ((f(t.ellipsis), p(t.comma) || p(t.semi), o(t.braceR))) return;
    W();
  } else (fr(), o(t.lessThan) || o(t.parenL) ? hr() : (p(t.question), re()));
}
function Oa() {
  !p(t.semi) && !p(t.comma) && !o(t.braceR) && !o(t.braceBarR) && k();
}
function Bn(e) {
  for (e || _(); p(t.dot);) _();
}
function ja() {
  (Bn(!0), o(t.lessThan) && Te());
}
function qa() {
  (f(t._typeof), Mn());
}
function Ba() {
  for (f(t.bracketL); r.pos < m.length && !o(t.bracketR) && (W(), !o(t.bracketR));) f(t.comma);
  f(t.bracketR);
}
function J1() {
  let e = D();
  e === t.colon || e === t.question ? (_(), p(t.question), re()) : W();
}
function ir() {
  for (; !o(t.parenR) && !o(t.ellipsis) && !r.error;) (J1(), o(t.parenR) || f(t.comma));
  p(t.ellipsis) && J1();
}
function Mn() {
  let e = !1,
    s = r.noAnonFunctionType;
  switch (r.type) {
    case t.name: {
      if (x(a._interface)) {
        Ra();
        return;
      }
      (_(), ja());
      return;
    }
    case t.braceL:
      X1(!1, !1, !1);
      return;
    case t.braceBarL:
      X1(!1, !0, !1);
      return;
    case t.bracketL:
      Ba();
      return;
    case t.lessThan:
      (Z(), f(t.parenL), ir(), f(t.parenR), f(t.arrow), W());
      return;
    case t.parenL:
      if ((h(), !o(t.parenR) && !o(t.ellipsis)))
        if (o(t.name)) {
          let n = D();
          e = n !== t.question && n !== t.colon;
        } else e = !0;
      if (e)
        if (
          ((r.noAnonFunctionType = !1),
          W(),
          (r.noAnonFunctionType = s),
          r.noAnonFunctionType || !(o(t.comma) || (o(t.parenR) && D() === t.arrow)))
        ) {
          f(t.parenR);
          return;
        } else p(t.comma);
      (ir(), f(t.parenR), f(t.arrow), W());
      return;
    case t.minus:
      (h(), ke());
      return;
    case t.string:
    case t.num:
    case t._true:
    case t._false:
    case t._null:
    case t._this:
    case t._void:
    case t.star:
      h();
      return;
    default:
      if (r.type === t._typeof) {
        qa();
        return;
      } else if (r.type & t.IS_KEYWORD) {
        (h(), (r.tokens[r.tokens.length - 1].type = t.name));
        return;
      }
  }
  k();
}
function Ma() {
  for (Mn(); !$() && (o(t.bracketL) || o(t.questionDot));)
    (p(t.questionDot), f(t.bracketL), p(t.bracketR) || (W(), f(t.bracketR)));
}
function $n() {
  p(t.question) ? $n() : Ma();
}
function jn() {
  ($n(), !r.noAnonFunctionType && p(t.arrow) && W());
}
function qn() {
  for (p(t.bitwiseAND), jn(); p(t.bitwiseAND);) jn();
}
function $a() {
  for (p(t.bitwiseOR), qn(); p(t.bitwiseOR);) qn();
}
function W() {
  $a();
}
function fe() {
  re();
}
function Hn() {
  (_(), o(t.colon) && fe());
}
function V1() {
  (o(t.plus) || o(t.minus)) && (h(), (r.tokens[r.tokens.length - 1].isType = !0));
}
function Pn(e) {
  (o(t.colon) && ar(), Se(!1, e));
}
function Cn(e, s, n) {
  if (o(t.questionDot) && D() === t.lessThan) {
    if (s) {
      n.stop = !0;
      return;
    }
    (h(), Te(), f(t.parenL), te());
    return;
  } else if (!s && o(t.lessThan)) {
    let i = r.snapshot();
    if ((Te(), f(t.parenL), te(), r.error)) r.restoreFromSnapshot(i);
    else return;
  }
  d1(e, s, n);
}
function Dn() {
  if (o(t.lessThan)) {
    let e = r.snapshot();
    (Te(), r.error && r.restoreFromSnapshot(e));
  }
}
function Vn() {
  if (o(t.name) && r.contextualKeyword === a._interface) {
    let e = y(0);
    return (h(), lr(), I(e), !0);
  } else if (x(a._enum)) return (so(), !0);
  return !1;
}
function Un() {
  return x(a._enum) ? (so(), !0) : !1;
}
function Wn(e) {
  if (e === a._declare) {
    if (o(t._class) || o(t.name) || o(t._function) || o(t._var) || o(t._export)) {
      let s = y(1);
      (or(), I(s));
    }
  } else if (o(t.name)) {
    if (e === a._interface) {
      let s = y(1);
      (lr(), I(s));
    } else if (e === a._type) {
      let s = y(1);
      (ur(), I(s));
    } else if (e === a._opaque) {
      let s = y(1);
      (pr(!1), I(s));
    }
  }
  C();
}
function Xn() {
  return x(a._type) || x(a._interface) || x(a._opaque) || x(a._enum);
}
function Jn() {
  return (
    o(t.name) &&
    (r.contextualKeyword === a._type ||
      r.contextualKeyword === a._interface ||
      r.contextualKeyword === a._opaque ||
      r.contextualKeyword === a._enum)
  );
}
function Gn() {
  if (x(a._type)) {
    let e = y(1);
    (h(), o(t.braceL) ? (Y1(), s1()) : ur(), I(e));
  } else if (x(a._opaque)) {
    let e = y(1);
    (h(), pr(!1), I(e));
  } else if (x(a._interface)) {
    let e = y(1);
    (h(), lr(), I(e));
  } else V(!0);
}
function zn() {
  return o(t.star) || (x(a._type) && D() === t.star);
}
function Yn() {
  if (v(a._type)) {
    let e = y(2);
    (G1(), I(e));
  } else G1();
}
function Qn(e) {
  if ((e && o(t.lessThan) && Te(), x(a._implements))) {
    let s = y(0);
    (h(), (r.tokens[r.tokens.length - 1].type = t._implements));
    do (z1(), o(t.lessThan) && Te());
    while (p(t.comma));
    I(s);
  }
}
function Rn() {
  o(t.lessThan) && (Z(), o(t.parenL) || k());
}
function Mr() {
  let e = y(0);
  (p(t.question), o(t.colon) && fe(), I(e));
}
function Kn() {
  if (o(t._typeof) || x(a._type)) {
    let e = ae();
    (ba(e) || e.type === t.braceL || e.type === t.star) && h();
  }
}
function Zn() {
  let e = r.contextualKeyword === a._type || r.type === t._typeof;
  (e ? h() : _(),
    x(a._as) && !Je(a._as)
      ? (_(), (e && !o(t.name) && !(r.type & t.IS_KEYWORD)) || _())
      : (e && (o(t.name) || r.type & t.IS_KEYWORD) && _(), v(a._as) && _()));
}
function eo() {
  if (o(t.lessThan)) {
    let e = y(0);
    (Z(), I(e));
  }
}
function to() {
  o(t.colon) && fe();
}
function Nn() {
  if (o(t.colon)) {
    let e = r.noAnonFunctionType;
    ((r.noAnonFunctionType = !0), fe(), (r.noAnonFunctionType = e));
  }
}
function Ln(e, s) {
  if (o(t.lessThan)) {
    let n = r.snapshot(),
      i = Q(e, s);
    if (r.error) (r.restoreFromSnapshot(n), (r.type = t.typeParameterStart));
    else return i;
    let c = y(0);
    if ((Z(), I(c), (i = Q(e, s)), i)) return !0;
    k();
  }
  return Q(e, s);
}
function Fn() {
  if (o(t.colon)) {
    let e = y(0),
      s = r.snapshot(),
      n = r.noAnonFunctionType;
    ((r.noAnonFunctionType = !0),
      ar(),
      (r.noAnonFunctionType = n),
      $() && k(),
      o(t.arrow) || k(),
      r.error && r.restoreFromSnapshot(s),
      I(e));
  }
  return p(t.arrow);
}
function vn(e, s = !1) {
  if (r.tokens[r.tokens.length - 1].contextualKeyword === a._async && o(t.lessThan)) {
    let n = r.snapshot();
    if (Ha() && !r.error) return;
    r.restoreFromSnapshot(n);
  }
  tr(e, s);
}
function Ha() {
  r.scopeDepth++;
  let e = r.tokens.length;
  return (ue(), $1() ? (t1(e), !0) : !1);
}
function so() {
  (R(a._enum), (r.tokens[r.tokens.length - 1].type = t._enum), _(), Va());
}
function Va() {
  (v(a._of) && h(), f(t.braceL), Ua(), f(t.braceR));
}
function Ua() {
  for (; !o(t.braceR) && !r.error && !p(t.ellipsis);) (Wa(), o(t.braceR) || f(t.comma));
}
function Wa() {
  (_(), p(t.eq) && h());
}
function io() {
  if ((Ze(t.eof), r.scopes.push(new U(0, r.tokens.length, !0)), r.scopeDepth !== 0))
    throw new Error(`Invalid scope depth at end of file: ${r.scopeDepth}`);
  return new K1(r.tokens, r.scopes);
}
function V(e) {
  (T && Vn()) || (o(t.at) && U1(), Xa(e));
}
function Xa(e) {
  if (S && cn()) return;
  let s = r.type;
  switch (s) {
    case t._break:
    case t._continue:
      Ga();
      return;
    case t._debugger:
      za();
      return;
    case t._do:
      Ya();
      return;
    case t._for:
      Qa();
      return;
    case t._function:
      if (D() === t.dot) break;
      (e || k(), ec());
      return;
    case t._class:
      (e || k(), pe(!0));
      return;
    case t._if:
      tc();
      return;
    case t._return:
      sc();
      return;
    case t._switch:
      rc();
      return;
    case t._throw:
      nc();
      return;
    case t._try:
      ic();
      return;
    case t._let:
    case t._const:
      e || k();
    case t._var:
      x1(s !== t._var);
      return;
    case t._while:
      ac();
      return;
    case t.braceL:
      he();
      return;
    case t.semi:
      cc();
      return;
    case t._export:
    case t._import: {
      let c = D();
      if (c === t.parenL || c === t.dot) break;
      (h(), s === t._import ? dr() : mr());
      return;
    }
    case t.name:
      if (r.contextualKeyword === a._async) {
        let c = r.start,
          u = r.snapshot();
        if ((h(), o(t._function) && !$())) {
          (f(t._function), le(c, !0));
          return;
        } else r.restoreFromSnapshot(u);
      } else if (r.contextualKeyword === a._using && !C1() && D() === t.name) {
        x1(!0);
        return;
      } else if (ao()) {
        (R(a._await), x1(!0));
        return;
      }
    default:
      break;
  }
  let n = r.tokens.length;
  q();
  let i = null;
  if (r.tokens.length === n + 1) {
    let c = r.tokens[r.tokens.length - 1];
    c.type === t.name && (i = c.contextualKeyword);
  }
  if (i == null) {
    C();
    return;
  }
  p(t.colon) ? lc() : uc(i);
}
function ao() {
  if (!x(a._await)) return !1;
  let e = r.snapshot();
  return (
    h(),
    !x(a._using) || M()
      ? (r.restoreFromSnapshot(e), !1)
      : (h(), !o(t.name) || M() ? (r.restoreFromSnapshot(e), !1) : (r.restoreFromSnapshot(e), !0))
  );
}
function U1() {
  for (; o(t.at);) co();
}
function co() {
  if ((h(), p(t.parenL))) (q(), f(t.parenR));
  else {
    for (_(); p(t.dot);) _();
    Ja();
  }
}
function Ja() {
  S ? gn() : Gs();
}
function Gs() {
  p(t.parenL) && te();
}
function Ga() {
  (h(), Y() || (_(), C()));
}
function za() {
  (h(), C());
}
function Ya() {
  (h(), V(!1), f(t._while), _1(), p(t.semi));
}
function Qa() {
  r.scopeDepth++;
  let e = r.tokens.length;
  Za();
  let s = r.tokens.length;
  (r.scopes.push(new U(e, s, !1)), r.scopeDepth--);
}
function Ka() {
  return !(!x(a._using) || Je(a._of));
}
function Za() {
  h();
  let e = !1;
  if ((x(a._await) && ((e = !0), h()), f(t.parenL), o(t.semi))) {
    (e && k(), xr());
    return;
  }
  let s = ao();
  if (s || o(t._var) || o(t._let) || o(t._const) || Ka()) {
    if ((s && R(a._await), h(), lo(!0, r.type !== t._var), o(t._in) || x(a._of))) {
      ro(e);
      return;
    }
    xr();
    return;
  }
  if ((q(!0), o(t._in) || x(a._of))) {
    ro(e);
    return;
  }
  (e && k(), xr());
}
function ec() {
  let e = r.start;
  (h(), le(e, !0));
}
function tc() {
  (h(), _1(), V(!1), p(t._else) && V(!1));
}
function sc() {
  (h(), Y() || (q(), C()));
}
function rc() {
  (h(), _1(), r.scopeDepth++);
  let e = r.tokens.length;
  for (f(t.braceL); !o(t.braceR) && !r.error;)
    if (o(t._case) || o(t._default)) {
      let n = o(t._case);
      (h(), n && q(), f(t.colon));
    } else V(!0);
  h();
  let s = r.tokens.length;
  (r.scopes.push(new U(e, s, !1)), r.scopeDepth--);
}
function nc() {
  (h(), q(), C());
}
function oc() {
  (l1(!0), S && we());
}
function ic() {
  if ((h(), he(), o(t._catch))) {
    h();
    let e = null;
    if (
      (o(t.parenL) && (r.scopeDepth++, (e = r.tokens.length), f(t.parenL), oc(), f(t.parenR)),
      he(),
      e != null)
    ) {
      let s = r.tokens.length;
      (r.scopes.push(new U(e, s, !1)), r.scopeDepth--);
    }
  }
  p(t._finally) && he();
}
function x1(e) {
  (h(), lo(!1, e), C());
}
function ac() {
  (h(), _1(), V(!1));
}
function cc() {
  h();
}
function lc() {
  V(!0);
}
function uc(e) {
  S ? un(e) : T ? Wn(e) : C();
}
function he(e = !1, s = 0) {
  let n = r.tokens.length;
  (r.scopeDepth++,
    f(t.braceL),
    s && (r.tokens[r.tokens.length - 1].contextId = s),
    Ze(t.braceR),
    s && (r.tokens[r.tokens.length - 1].contextId = s));
  let i = r.tokens.length;
  (r.scopes.push(new U(n, i, e)), r.scopeDepth--);
}
function Ze(e) {
  for (; !p(e) && !r.error;) V(!0);
}
function xr() {
  (f(t.semi), o(t.semi) || q(), f(t.semi), o(t.parenR) || q(), f(t.parenR), V(!1));
}
function ro(e) {
  (e ? v(a._of) : h(), q(), f(t.parenR), V(!1));
}
function lo(e, s) {
  for (;;) {
    if ((pc(s), p(t.eq))) {
      let n = r.tokens.length - 1;
      (j(e), (r.tokens[n].rhsEndIndex = r.tokens.length));
    }
    if (!p(t.comma)) break;
  }
}
function pc(e) {
  (l1(e), S ? dn() : T && to());
}
function le(e, s, n = !1) {
  (o(t.star) && h(), s && !n && !o(t.name) && !o(t._yield) && k());
  let i = null;
  o(t.name) && (s || ((i = r.tokens.length), r.scopeDepth++), ee(!1));
  let c = r.tokens.length;
  (r.scopeDepth++, ue(), nr(e));
  let u = r.tokens.length;
  (r.scopes.push(new U(c, u, !0)),
    r.scopeDepth--,
    i !== null && (r.scopes.push(new U(i, u, !0)), r.scopeDepth--));
}
function ue(e = !1, s = 0) {
  (S ? mn() : T && eo(),
    f(t.parenL),
    s && (r.tokens[r.tokens.length - 1].contextId = s),
    u1(t.parenR, !1, !1, e, s),
    s && (r.tokens[r.tokens.length - 1].contextId = s));
}
function pe(e, s = !1) {
  let n = be();
  (h(), (r.tokens[r.tokens.length - 1].contextId = n), (r.tokens[r.tokens.length - 1].isExpression = !e));
  let i = null;
  (e || ((i = r.tokens.length), r.scopeDepth++), dc(e, s), xc());
  let c = r.tokens.length;
  if (
    (fc(n),
    !r.error && ((r.tokens[c].contextId = n), (r.tokens[r.tokens.length - 1].contextId = n), i !== null))
  ) {
    let u = r.tokens.length;
    (r.scopes.push(new U(i, u, !1)), r.scopeDepth--);
  }
}
function uo() {
  return o(t.eq) || o(t.semi) || o(t.braceR) || o(t.bang) || o(t.colon);
}
function po() {
  return o(t.parenL) || o(t.lessThan);
}
function fc(e) {
  for (f(t.braceL); !p(t.braceR) && !r.error;) {
    if (p(t.semi)) continue;
    if (o(t.at)) {
      co();
      continue;
    }
    let s = r.start;
    hc(s, e);
  }
}
function hc(e, s) {
  S && p1([a._declare, a._public, a._protected, a._private, a._override]);
  let n = !1;
  if (o(t.name) && r.contextualKeyword === a._static) {
    if ((_(), po())) {
      g1(e, !1);
      return;
    } else if (uo()) {
      Q1();
      return;
    }
    if (((r.tokens[r.tokens.length - 1].type = t._static), (n = !0), o(t.braceL))) {
      ((r.tokens[r.tokens.length - 1].contextId = s), he());
      return;
    }
  }
  mc(e, n, s);
}
function mc(e, s, n) {
  if (S && ln(s)) return;
  if (p(t.star)) {
    (k1(n), g1(e, !1));
    return;
  }
  k1(n);
  let i = !1,
    c = r.tokens[r.tokens.length - 1];
  (c.contextualKeyword === a._constructor && (i = !0),
    no(),
    po()
      ? g1(e, i)
      : uo()
        ? Q1()
        : c.contextualKeyword === a._async && !Y()
          ? ((r.tokens[r.tokens.length - 1].type = t._async), o(t.star) && h(), k1(n), no(), g1(e, !1))
          : (c.contextualKeyword === a._get || c.contextualKeyword === a._set) && !(Y() && o(t.star))
            ? (c.contextualKeyword === a._get
                ? (r.tokens[r.tokens.length - 1].type = t._get)
                : (r.tokens[r.tokens.length - 1].type = t._set),
              k1(n),
              g1(e, !1))
            : c.contextualKeyword === a._accessor && !Y()
              ? (k1(n), Q1())
              : Y()
                ? Q1()
                : k());
}
function g1(e, s) {
  (S ? ge() : T && o(t.lessThan) && Z(), H1(e, s));
}
function k1(e) {
  ye(e);
}
function no() {
  if (S) {
    let e = y(0);
    (p(t.question), I(e));
  }
}
function Q1() {
  if ((S ? (D1(t.bang), we()) : T && o(t.colon) && fe(), o(t.eq))) {
    let e = r.tokens.length;
    (h(), j(), (r.tokens[e].rhsEndIndex = r.tokens.length));
  }
  C();
}
function dc(e, s = !1) {
  (S && (!e || s) && x(a._implements)) || (o(t.name) && ee(!0), S ? ge() : T && o(t.lessThan) && Z());
}
function xc() {
  let e = !1;
  (p(t._extends) ? (Zs(), (e = !0)) : (e = !1), S ? fn(e) : T && Qn(e));
}
function mr() {
  let e = r.tokens.length - 1;
  (S && rn()) ||
    (bc()
      ? Ic()
      : gc()
        ? (_(), o(t.comma) && D() === t.star ? (f(t.comma), f(t.star), R(a._as), _()) : fo(), s1())
        : p(t._default)
          ? _c()
          : yc()
            ? kc()
            : (Y1(), s1()),
    (r.tokens[e].rhsEndIndex = r.tokens.length));
}
function _c() {
  if ((S && an()) || (T && Un())) return;
  let e = r.start;
  p(t._function)
    ? le(e, !0, !0)
    : x(a._async) && D() === t._function
      ? (v(a._async), p(t._function), le(e, !0, !0))
      : o(t._class)
        ? pe(!0, !0)
        : o(t.at)
          ? (U1(), pe(!0, !0))
          : (j(), C());
}
function kc() {
  S ? pn() : T ? Gn() : V(!0);
}
function gc() {
  if (S && Xs()) return !1;
  if (T && Jn()) return !1;
  if (o(t.name)) return r.contextualKeyword !== a._async;
  if (!o(t._default)) return !1;
  let e = i1(),
    s = ae(),
    n = s.type === t.name && s.contextualKeyword === a._from;
  if (s.type === t.comma) return !0;
  if (n) {
    let i = m.charCodeAt(Cs(e + 4));
    return i === l.quotationMark || i === l.apostrophe;
  }
  return !1;
}
function fo() {
  p(t.comma) && Y1();
}
function s1() {
  (v(a._from) && (K(), ho()), C());
}
function bc() {
  return T ? zn() : o(t.star);
}
function Ic() {
  T ? Yn() : G1();
}
function G1() {
  (f(t.star), x(a._as) ? wc() : s1());
}
function wc() {
  (h(), (r.tokens[r.tokens.length - 1].type = t._as), _(), fo(), s1());
}
function yc() {
  return (
    (S && Xs()) ||
    (T && Xn()) ||
    r.type === t._var ||
    r.type === t._const ||
    r.type === t._let ||
    r.type === t._function ||
    r.type === t._class ||
    x(a._async) ||
    o(t.at)
  );
}
function Y1() {
  let e = !0;
  for (f(t.braceL); !p(t.braceR) && !r.error;) {
    if (e) e = !1;
    else if ((f(t.comma), p(t.braceR))) break;
    Sc();
  }
}
function Sc() {
  if (S) {
    on();
    return;
  }
  (_(), (r.tokens[r.tokens.length - 1].identifierRole = w.ExportAccess), v(a._as) && _());
}
function Tc() {
  let e = r.snapshot();
  return (
    R(a._module),
    v(a._from)
      ? x(a._from)
        ? (r.restoreFromSnapshot(e), !0)
        : (r.restoreFromSnapshot(e), !1)
      : o(t.comma)
        ? (r.restoreFromSnapshot(e), !1)
        : (r.restoreFromSnapshot(e), !0)
  );
}
function Ac() {
  x(a._module) && Tc() && h();
}
function dr() {
  if (S && o(t.name) && D() === t.eq) {
    O1();
    return;
  }
  if (S && x(a._type)) {
    let e = ae();
    if (e.type === t.name && e.contextualKeyword !== a._from) {
      if ((R(a._type), D() === t.eq)) {
        O1();
        return;
      }
    } else (e.type === t.star || e.type === t.braceL) && R(a._type);
  }
  (o(t.string) ? K() : (Ac(), Pc(), R(a._from), K()), ho(), C());
}
function Ec() {
  return o(t.name);
}
function oo() {
  Ge();
}
function Pc() {
  T && Kn();
  let e = !0;
  if (!(Ec() && (oo(), !p(t.comma)))) {
    if (o(t.star)) {
      (h(), R(a._as), oo());
      return;
    }
    for (f(t.braceL); !p(t.braceR) && !r.error;) {
      if (e) e = !1;
      else if (
        (p(t.colon) &&
          k(
            'ES2015 named imports do not destructure. Use another statement for destructuring after the import.',
          ),
        f(t.comma),
        p(t.braceR))
      )
        break;
      Cc();
    }
  }
}
function Cc() {
  if (S) {
    nn();
    return;
  }
  if (T) {
    Zn();
    return;
  }
  (Ge(), x(a._as) && ((r.tokens[r.tokens.length - 1].identifierRole = w.ImportAccess), h(), Ge()));
}
function ho() {
  (o(t._with) || (x(a._assert) && !M())) && (h(), f1(!1, !1));
}
function mo() {
  return (
    r.pos === 0 && m.charCodeAt(0) === l.numberSign && m.charCodeAt(1) === l.exclamationMark && Ns(2),
    Rs(),
    io()
  );
}
var K1 = class {
  constructor(s, n) {
    ((this.tokens = s), (this.scopes = n));
  }
};
function xo(e, s, n, i) {
  if (i && n) throw new Error('Cannot combine flow and typescript plugins.');
  Cr(e, s, n, i);
  let c = mo();
  if (r.error) throw Pr(r.error);
  return c;
}
function _r(e) {
  let s = e.currentIndex(),
    n = 0,
    i = e.currentToken();
  do {
    let c = e.tokens[s];
    if (
      (c.isOptionalChainStart && n++,
      c.isOptionalChainEnd && n--,
      (n += c.numNullishCoalesceStarts),
      (n -= c.numNullishCoalesceEnds),
      c.contextualKeyword === a._await && c.identifierRole == null && c.scopeDepth === i.scopeDepth)
    )
      return !0;
    s += 1;
  } while (n > 0 && s < e.tokens.length);
  return !1;
}
var b1 = class e {
  __init() {
    this.resultCode = '';
  }
  __init2() {
    this.resultMappings = new Array(this.tokens.length);
  }
  __init3() {
    this.tokenIndex = 0;
  }
  constructor(s, n, i, c, u) {
    ((this.code = s),
      (this.tokens = n),
      (this.isFlowEnabled = i),
      (this.disableESTransforms = c),
      (this.helperManager = u),
      e.prototype.__init.call(this),
      e.prototype.__init2.call(this),
      e.prototype.__init3.call(this));
  }
  snapshot() {
    return { resultCode: this.resultCode, tokenIndex: this.tokenIndex };
  }
  restoreToSnapshot(s) {
    ((this.resultCode = s.resultCode), (this.tokenIndex = s.tokenIndex));
  }
  dangerouslyGetAndRemoveCodeSinceSnapshot(s) {
    let n = this.resultCode.slice(s.resultCode.length);
    return ((this.resultCode = s.resultCode), n);
  }
  reset() {
    ((this.resultCode = ''), (this.resultMappings = new Array(this.tokens.length)), (this.tokenIndex = 0));
  }
  matchesContextualAtIndex(s, n) {
    return this.matches1AtIndex(s, t.name) && this.tokens[s].contextualKeyword === n;
  }
  identifierNameAtIndex(s) {
    return this.identifierNameForToken(this.tokens[s]);
  }
  identifierNameAtRelativeIndex(s) {
    return this.identifierNameForToken(this.tokenAtRelativeIndex(s));
  }
  identifierName() {
    return this.identifierNameForToken(this.currentToken());
  }
  identifierNameForToken(s) {
    return this.code.slice(s.start, s.end);
  }
  rawCodeForToken(s) {
    return this.code.slice(s.start, s.end);
  }
  stringValueAtIndex(s) {
    return this.stringValueForToken(this.tokens[s]);
  }
  stringValue() {
    return this.stringValueForToken(this.currentToken());
  }
  stringValueForToken(s) {
    return this.code.slice(s.start + 1, s.end - 1);
  }
  matches1AtIndex(s, n) {
    return this.tokens[s].type === n;
  }
  matches2AtIndex(s, n, i) {
    return this.tokens[s].type === n && this.tokens[s + 1].type === i;
  }
  matches3AtIndex(s, n, i, c) {
    return this.tokens[s].type === n && this.tokens[s + 1].type === i && this.tokens[s + 2].type === c;
  }
  matches1(s) {
    return this.tokens[this.tokenIndex].type === s;
  }
  matches2(s, n) {
    return this.tokens[this.tokenIndex].type === s && this.tokens[this.tokenIndex + 1].type === n;
  }
  matches3(s, n, i) {
    return (
      this.tokens[this.tokenIndex].type === s &&
      this.tokens[this.tokenIndex + 1].type === n &&
      this.tokens[this.tokenIndex + 2].type === i
    );
  }
  matches4(s, n, i, c) {
    return (
      this.tokens[this.tokenIndex].type === s &&
      this.tokens[this.tokenIndex + 1].type === n &&
      this.tokens[this.tokenIndex + 2].type === i &&
      this.tokens[this.tokenIndex + 3].type === c
    );
  }
  matches5(s, n, i, c, u) {
    return (
      this.tokens[this.tokenIndex].type === s &&
      this.tokens[this.tokenIndex + 1].type === n &&
      this.tokens[this.tokenIndex + 2].type === i &&
      this.tokens[this.tokenIndex + 3].type === c &&
      this.tokens[this.tokenIndex + 4].type === u
    );
  }
  matchesContextual(s) {
    return this.matchesContextualAtIndex(this.tokenIndex, s);
  }
  matchesContextIdAndLabel(s, n) {
    return this.matches1(s) && this.currentToken().contextId === n;
  }
  previousWhitespaceAndComments() {
    let s = this.code.slice(
      this.tokenIndex > 0 ? this.tokens[this.tokenIndex - 1].end : 0,
      this.tokenIndex < this.tokens.length ? this.tokens[this.tokenIndex].start : this.code.length,
    );
    return (this.isFlowEnabled && (s = s.replace(/@flow/g, '')), s);
  }
  replaceToken(s) {
    ((this.resultCode += this.previousWhitespaceAndComments()),
      this.appendTokenPrefix(),
      (this.resultMappings[this.tokenIndex] = this.resultCode.length),
      (this.resultCode += s),
      this.appendTokenSuffix(),
      this.tokenIndex++);
  }
  replaceTokenTrimmingLeftWhitespace(s) {
    ((this.resultCode += this.previousWhitespaceAndComments().replace(/[^\r\n]/g, '')),
      this.appendTokenPrefix(),
      (this.resultMappings[this.tokenIndex] = this.resultCode.length),
      (this.resultCode += s),
      this.appendTokenSuffix(),
      this.tokenIndex++);
  }
  removeInitialToken() {
    this.replaceToken('');
  }
  removeToken() {
    this.replaceTokenTrimmingLeftWhitespace('');
  }
  removeBalancedCode() {
    let s = 0;
    for (; !this.isAtEnd();) {
      if (this.matches1(t.braceL)) s++;
      else if (this.matches1(t.braceR)) {
        if (s === 0) return;
        s--;
      }
      this.removeToken();
    }
  }
  copyExpectedToken(s) {
    if (this.tokens[this.tokenIndex].type !== s) throw new Error(`Expected token ${s}`);
    this.copyToken();
  }
  copyToken() {
    ((this.resultCode += this.previousWhitespaceAndComments()),
      this.appendTokenPrefix(),
      (this.resultMappings[this.tokenIndex] = this.resultCode.length),
      (this.resultCode += this.code.slice(
        this.tokens[this.tokenIndex].start,
        this.tokens[this.tokenIndex].end,
      )),
      this.appendTokenSuffix(),
      this.tokenIndex++);
  }
  copyTokenWithPrefix(s) {
    ((this.resultCode += this.previousWhitespaceAndComments()),
      this.appendTokenPrefix(),
      (this.resultCode += s),
      (this.resultMappings[this.tokenIndex] = this.resultCode.length),
      (this.resultCode += this.code.slice(
        this.tokens[this.tokenIndex].start,
        this.tokens[this.tokenIndex].end,
      )),
      this.appendTokenSuffix(),
      this.tokenIndex++);
  }
  appendTokenPrefix() {
    let s = this.currentToken();
    if (
      ((s.numNullishCoalesceStarts || s.isOptionalChainStart) && (s.isAsyncOperation = _r(this)),
      !this.disableESTransforms)
    ) {
      if (s.numNullishCoalesceStarts)
        for (let n = 0; n < s.numNullishCoalesceStarts; n++)
          (s.isAsyncOperation
            ? ((this.resultCode += 'await '),
              (this.resultCode += this.helperManager.getHelperName('asyncNullishCoalesce')))
            : (this.resultCode += this.helperManager.getHelperName('nullishCoalesce')),
            (this.resultCode += '('));
      s.isOptionalChainStart &&
        (s.isAsyncOperation && (this.resultCode += 'await '),
        this.tokenIndex > 0 && this.tokenAtRelativeIndex(-1).type === t._delete
          ? s.isAsyncOperation
            ? (this.resultCode += this.helperManager.getHelperName('asyncOptionalChainDelete'))
            : (this.resultCode += this.helperManager.getHelperName('optionalChainDelete'))
          : s.isAsyncOperation
            ? (this.resultCode += this.helperManager.getHelperName('asyncOptionalChain'))
            : (this.resultCode += this.helperManager.getHelperName('optionalChain')),
        (this.resultCode += '(['));
    }
  }
  appendTokenSuffix() {
    let s = this.currentToken();
    if (
      (s.isOptionalChainEnd && !this.disableESTransforms && (this.resultCode += '])'),
      s.numNullishCoalesceEnds && !this.disableESTransforms)
    )
      for (let n = 0; n < s.numNullishCoalesceEnds; n++) this.resultCode += '))';
  }
  appendCode(s) {
    this.resultCode += s;
  }
  currentToken() {
    return this.tokens[this.tokenIndex];
  }
  currentTokenCode() {
    let s = this.currentToken();
    return this.code.slice(s.start, s.end);
  }
  tokenAtRelativeIndex(s) {
    return this.tokens[this.tokenIndex + s];
  }
  currentIndex() {
    return this.tokenIndex;
  }
  nextToken() {
    if (this.tokenIndex === this.tokens.length) throw new Error('Unexpectedly reached end of input.');
    this.tokenIndex++;
  }
  previousToken() {
    this.tokenIndex--;
  }
  finish() {
    if (this.tokenIndex !== this.tokens.length)
      throw new Error('Tried to finish processing tokens before reaching the end.');
    return (
      (this.resultCode += this.previousWhitespaceAndComments()),
      { code: this.resultCode, mappings: this.resultMappings }
    );
  }
  isAtEnd() {
    return this.tokenIndex === this.tokens.length;
  }
};
function gr(e, s, n, i) {
  let c = s.snapshot(),
    u = Dc(s),
    d = [],
    g = [],
    A = [],
    P = null,
    F = [],
    N = [],
    B = s.currentToken().contextId;
  if (B == null) throw new Error('Expected non-null class context ID on class open-brace.');
  for (s.nextToken(); !s.matchesContextIdAndLabel(t.braceR, B);)
    if (s.matchesContextual(a._constructor) && !s.currentToken().isType)
      ({ constructorInitializerStatements: d, constructorInsertPos: P } = _o(s));
    else if (s.matches1(t.semi))
      (i || N.push({ start: s.currentIndex(), end: s.currentIndex() + 1 }), s.nextToken());
    else if (s.currentToken().isType) s.nextToken();
    else {
      let O = s.currentIndex(),
        X = !1,
        ne = !1,
        oe = !1;
      for (; Z1(s.currentToken());)
        (s.matches1(t._static) && (X = !0),
          s.matches1(t.hash) && (ne = !0),
          (s.matches1(t._declare) || s.matches1(t._abstract)) && (oe = !0),
          s.nextToken());
      if (X && s.matches1(t.braceL)) {
        kr(s, B);
        continue;
      }
      if (ne) {
        kr(s, B);
        continue;
      }
      if (s.matchesContextual(a._constructor) && !s.currentToken().isType) {
        ({ constructorInitializerStatements: d, constructorInsertPos: P } = _o(s));
        continue;
      }
      let de = s.currentIndex();
      if ((Rc(s), s.matches1(t.lessThan) || s.matches1(t.parenL))) {
        kr(s, B);
        continue;
      }
      for (; s.currentToken().isType;) s.nextToken();
      if (s.matches1(t.eq)) {
        let xe = s.currentIndex(),
          ie = s.currentToken().rhsEndIndex;
        if (ie == null) throw new Error('Expected rhsEndIndex on class field assignment.');
        for (s.nextToken(); s.currentIndex() < ie;) e.processToken();
        let z;
        (X
          ? ((z = n.claimFreeName('__initStatic')), A.push(z))
          : ((z = n.claimFreeName('__init')), g.push(z)),
          F.push({ initializerName: z, equalsIndex: xe, start: de, end: s.currentIndex() }));
      } else (!i || oe) && N.push({ start: O, end: s.currentIndex() });
    }
  return (
    s.restoreToSnapshot(c),
    i
      ? {
          headerInfo: u,
          constructorInitializerStatements: d,
          instanceInitializerNames: [],
          staticInitializerNames: [],
          constructorInsertPos: P,
          fields: [],
          rangesToRemove: N,
        }
      : {
          headerInfo: u,
          constructorInitializerStatements: d,
          instanceInitializerNames: g,
          staticInitializerNames: A,
          constructorInsertPos: P,
          fields: F,
          rangesToRemove: N,
        }
  );
}
function kr(e, s) {
  for (e.nextToken(); e.currentToken().contextId !== s;) e.nextToken();
  for (; Z1(e.tokenAtRelativeIndex(-1));) e.previousToken();
}
function Dc(e) {
  let s = e.currentToken(),
    n = s.contextId;
  if (n == null) throw new Error('Expected context ID on class token.');
  let i = s.isExpression;
  if (i == null) throw new Error('Expected isExpression on class token.');
  let c = null,
    u = !1;
  for (
    e.nextToken(), e.matches1(t.name) && (c = e.identifierName());
    !e.matchesContextIdAndLabel(t.braceL, n);
  )
    (e.matches1(t._extends) && !e.currentToken().isType && (u = !0), e.nextToken());
  return { isExpression: i, className: c, hasSuperclass: u };
}
function _o(e) {
  let s = [];
  e.nextToken();
  let n = e.currentToken().contextId;
  if (n == null) throw new Error('Expected context ID on open-paren starting constructor params.');
  for (; !e.matchesContextIdAndLabel(t.parenR, n);)
    if (e.currentToken().contextId === n) {
      if ((e.nextToken(), Z1(e.currentToken()))) {
        for (e.nextToken(); Z1(e.currentToken());) e.nextToken();
        let u = e.currentToken();
        if (u.type !== t.name)
          throw new Error('Expected identifier after access modifiers in constructor arg.');
        let d = e.identifierNameForToken(u);
        s.push(`this.${d} = ${d}`);
      }
    } else e.nextToken();
  for (e.nextToken(); e.currentToken().isType;) e.nextToken();
  let i = e.currentIndex(),
    c = !1;
  for (; !e.matchesContextIdAndLabel(t.braceR, n);) {
    if (!c && e.matches2(t._super, t.parenL)) {
      e.nextToken();
      let u = e.currentToken().contextId;
      if (u == null) throw new Error('Expected a context ID on the super call');
      for (; !e.matchesContextIdAndLabel(t.parenR, u);) e.nextToken();
      ((i = e.currentIndex()), (c = !0));
    }
    e.nextToken();
  }
  return (e.nextToken(), { constructorInitializerStatements: s, constructorInsertPos: i });
}
function Z1(e) {
  return [
    t._async,
    t._get,
    t._set,
    t.plus,
    t.minus,
    t._readonly,
    t._static,
    t._public,
    t._private,
    t._protected,
    t._override,
    t._abstract,
    t.star,
    t._declare,
    t.hash,
  ].includes(e.type);
}
function Rc(e) {
  if (e.matches1(t.bracketL)) {
    let n = e.currentToken().contextId;
    if (n == null) throw new Error('Expected class context ID on computed name open bracket.');
    for (; !e.matchesContextIdAndLabel(t.bracketR, n);) e.nextToken();
    e.nextToken();
  } else e.nextToken();
}
var et = class {};
function br(e) {
  if ((e.removeInitialToken(), e.removeToken(), e.removeToken(), e.removeToken(), e.matches1(t.parenL)))
    (e.removeToken(), e.removeToken(), e.removeToken());
  else for (; e.matches1(t.dot);) (e.removeToken(), e.removeToken());
}
var ko = { typeDeclarations: new Set(), valueDeclarations: new Set() };
function Ir(e) {
  let s = new Set(),
    n = new Set();
  for (let i = 0; i < e.tokens.length; i++) {
    let c = e.tokens[i];
    c.type === t.name &&
      Rr(c) &&
      (c.isType ? s.add(e.identifierNameForToken(c)) : n.add(e.identifierNameForToken(c)));
  }
  return { typeDeclarations: s, valueDeclarations: n };
}
function r1(e, s = e.currentIndex()) {
  let n = s + 1;
  if (tt(e, n)) {
    let i = e.identifierNameAtIndex(s);
    return { isType: !1, leftName: i, rightName: i, endIndex: n };
  }
  if ((n++, tt(e, n))) return { isType: !0, leftName: null, rightName: null, endIndex: n };
  if ((n++, tt(e, n)))
    return {
      isType: !1,
      leftName: e.identifierNameAtIndex(s),
      rightName: e.identifierNameAtIndex(s + 2),
      endIndex: n,
    };
  if ((n++, tt(e, n))) return { isType: !0, leftName: null, rightName: null, endIndex: n };
  throw new Error(`Unexpected import/export specifier at ${s}`);
}
function tt(e, s) {
  let n = e.tokens[s];
  return n.type === t.braceR || n.type === t.comma;
}
var go = new Map([
  ['quot', '"'],
  ['amp', '&'],
  ['apos', "'"],
  ['lt', '<'],
  ['gt', '>'],
  ['nbsp', '\xA0'],
  ['iexcl', '\xA1'],
  ['cent', '\xA2'],
  ['pound', '\xA3'],
  ['curren', '\xA4'],
  ['yen', '\xA5'],
  ['brvbar', '\xA6'],
  ['sect', '\xA7'],
  ['uml', '\xA8'],
  ['copy', '\xA9'],
  ['ordf', '\xAA'],
  ['laquo', '\xAB'],
  ['not', '\xAC'],
  ['shy', '\xAD'],
  ['reg', '\xAE'],
  ['macr', '\xAF'],
  ['deg', '\xB0'],
  ['plusmn', '\xB1'],
  ['sup2', '\xB2'],
  ['sup3', '\xB3'],
  ['acute', '\xB4'],
  ['micro', '\xB5'],
  ['para', '\xB6'],
  ['middot', '\xB7'],
  ['cedil', '\xB8'],
  ['sup1', '\xB9'],
  ['ordm', '\xBA'],
  ['raquo', '\xBB'],
  ['frac14', '\xBC'],
  ['frac12', '\xBD'],
  ['frac34', '\xBE'],
  ['iquest', '\xBF'],
  ['Agrave', '\xC0'],
  ['Aacute', '\xC1'],
  ['Acirc', '\xC2'],
  ['Atilde', '\xC3'],
  ['Auml', '\xC4'],
  ['Aring', '\xC5'],
  ['AElig', '\xC6'],
  ['Ccedil', '\xC7'],
  ['Egrave', '\xC8'],
  ['Eacute', '\xC9'],
  ['Ecirc', '\xCA'],
  ['Euml', '\xCB'],
  ['Igrave', '\xCC'],
  ['Iacute', '\xCD'],
  ['Icirc', '\xCE'],
  ['Iuml', '\xCF'],
  ['ETH', '\xD0'],
  ['Ntilde', '\xD1'],
  ['Ograve', '\xD2'],
  ['Oacute', '\xD3'],
  ['Ocirc', '\xD4'],
  ['Otilde', '\xD5'],
  ['Ouml', '\xD6'],
  ['times', '\xD7'],
  ['Oslash', '\xD8'],
  ['Ugrave', '\xD9'],
  ['Uacute', '\xDA'],
  ['Ucirc', '\xDB'],
  ['Uuml', '\xDC'],
  ['Yacute', '\xDD'],
  ['THORN', '\xDE'],
  ['szlig', '\xDF'],
  ['agrave', '\xE0'],
  ['aacute', '\xE1'],
  ['acirc', '\xE2'],
  ['atilde', '\xE3'],
  ['auml', '\xE4'],
  ['aring', '\xE5'],
  ['aelig', '\xE6'],
  ['ccedil', '\xE7'],
  ['egrave', '\xE8'],
  ['eacute', '\xE9'],
  ['ecirc', '\xEA'],
  ['euml', '\xEB'],
  ['igrave', '\xEC'],
  ['iacute', '\xED'],
  ['icirc', '\xEE'],
  ['iuml', '\xEF'],
  ['eth', '\xF0'],
  ['ntilde', '\xF1'],
  ['ograve', '\xF2'],
  ['oacute', '\xF3'],
  ['ocirc', '\xF4'],
  ['otilde', '\xF5'],
  ['ouml', '\xF6'],
  ['divide', '\xF7'],
  ['oslash', '\xF8'],
  ['ugrave', '\xF9'],
  ['uacute', '\xFA'],
  ['ucirc', '\xFB'],
  ['uuml', '\xFC'],
  ['yacute', '\xFD'],
  ['thorn', '\xFE'],
  ['yuml', '\xFF'],
  ['OElig', '\u0152'],
  ['oelig', '\u0153'],
  ['Scaron', '\u0160'],
  ['scaron', '\u0161'],
  ['Yuml', '\u0178'],
  ['fnof', '\u0192'],
  ['circ', '\u02C6'],
  ['tilde', '\u02DC'],
  ['Alpha', '\u0391'],
  ['Beta', '\u0392'],
  ['Gamma', '\u0393'],
  ['Delta', '\u0394'],
  ['Epsilon', '\u0395'],
  ['Zeta', '\u0396'],
  ['Eta', '\u0397'],
  ['Theta', '\u0398'],
  ['Iota', '\u0399'],
  ['Kappa', '\u039A'],
  ['Lambda', '\u039B'],
  ['Mu', '\u039C'],
  ['Nu', '\u039D'],
  ['Xi', '\u039E'],
  ['Omicron', '\u039F'],
  ['Pi', '\u03A0'],
  ['Rho', '\u03A1'],
  ['Sigma', '\u03A3'],
  ['Tau', '\u03A4'],
  ['Upsilon', '\u03A5'],
  ['Phi', '\u03A6'],
  ['Chi', '\u03A7'],
  ['Psi', '\u03A8'],
  ['Omega', '\u03A9'],
  ['alpha', '\u03B1'],
  ['beta', '\u03B2'],
  ['gamma', '\u03B3'],
  ['delta', '\u03B4'],
  ['epsilon', '\u03B5'],
  ['zeta', '\u03B6'],
  ['eta', '\u03B7'],
  ['theta', '\u03B8'],
  ['iota', '\u03B9'],
  ['kappa', '\u03BA'],
  ['lambda', '\u03BB'],
  ['mu', '\u03BC'],
  ['nu', '\u03BD'],
  ['xi', '\u03BE'],
  ['omicron', '\u03BF'],
  ['pi', '\u03C0'],
  ['rho', '\u03C1'],
  ['sigmaf', '\u03C2'],
  ['sigma', '\u03C3'],
  ['tau', '\u03C4'],
  ['upsilon', '\u03C5'],
  ['phi', '\u03C6'],
  ['chi', '\u03C7'],
  ['psi', '\u03C8'],
  ['omega', '\u03C9'],
  ['thetasym', '\u03D1'],
  ['upsih', '\u03D2'],
  ['piv', '\u03D6'],
  ['ensp', '\u2002'],
  ['emsp', '\u2003'],
  ['thinsp', '\u2009'],
  ['zwnj', '\u200C'],
  ['zwj', '\u200D'],
  ['lrm', '\u200E'],
  ['rlm', '\u200F'],
  ['ndash', '\u2013'],
  ['mdash', '\u2014'],
  ['lsquo', '\u2018'],
  ['rsquo', '\u2019'],
  ['sbquo', '\u201A'],
  ['ldquo', '\u201C'],
  ['rdquo', '\u201D'],
  ['bdquo', '\u201E'],
  ['dagger', '\u2020'],
  ['Dagger', '\u2021'],
  ['bull', '\u2022'],
  ['hellip', '\u2026'],
  ['permil', '\u2030'],
  ['prime', '\u2032'],
  ['Prime', '\u2033'],
  ['lsaquo', '\u2039'],
  ['rsaquo', '\u203A'],
  ['oline', '\u203E'],
  ['frasl', '\u2044'],
  ['euro', '\u20AC'],
  ['image', '\u2111'],
  ['weierp', '\u2118'],
  ['real', '\u211C'],
  ['trade', '\u2122'],
  ['alefsym', '\u2135'],
  ['larr', '\u2190'],
  ['uarr', '\u2191'],
  ['rarr', '\u2192'],
  ['darr', '\u2193'],
  ['harr', '\u2194'],
  ['crarr', '\u21B5'],
  ['lArr', '\u21D0'],
  ['uArr', '\u21D1'],
  ['rArr', '\u21D2'],
  ['dArr', '\u21D3'],
  ['hArr', '\u21D4'],
  ['forall', '\u2200'],
  ['part', '\u2202'],
  ['exist', '\u2203'],
  ['empty', '\u2205'],
  ['nabla', '\u2207'],
  ['isin', '\u2208'],
  ['notin', '\u2209'],
  ['ni', '\u220B'],
  ['prod', '\u220F'],
  ['sum', '\u2211'],
  ['minus', '\u2212'],
  ['lowast', '\u2217'],
  ['radic', '\u221A'],
  ['prop', '\u221D'],
  ['infin', '\u221E'],
  ['ang', '\u2220'],
  ['and', '\u2227'],
  ['or', '\u2228'],
  ['cap', '\u2229'],
  ['cup', '\u222A'],
  ['int', '\u222B'],
  ['there4', '\u2234'],
  ['sim', '\u223C'],
  ['cong', '\u2245'],
  ['asymp', '\u2248'],
  ['ne', '\u2260'],
  ['equiv', '\u2261'],
  ['le', '\u2264'],
  ['ge', '\u2265'],
  ['sub', '\u2282'],
  ['sup', '\u2283'],
  ['nsub', '\u2284'],
  ['sube', '\u2286'],
  ['supe', '\u2287'],
  ['oplus', '\u2295'],
  ['otimes', '\u2297'],
  ['perp', '\u22A5'],
  ['sdot', '\u22C5'],
  ['lceil', '\u2308'],
  ['rceil', '\u2309'],
  ['lfloor', '\u230A'],
  ['rfloor', '\u230B'],
  ['lang', '\u2329'],
  ['rang', '\u232A'],
  ['loz', '\u25CA'],
  ['spades', '\u2660'],
  ['clubs', '\u2663'],
  ['hearts', '\u2665'],
  ['diams', '\u2666'],
]);
function I1(e) {
  let [s, n] = bo(e.jsxPragma || 'React.createElement'),
    [i, c] = bo(e.jsxFragmentPragma || 'React.Fragment');
  return { base: s, suffix: n, fragmentBase: i, fragmentSuffix: c };
}
function bo(e) {
  let s = e.indexOf('.');
  return (s === -1 && (s = e.length), [e.slice(0, s), e.slice(s)]);
}
var me = class {
  getPrefixCode() {
    return '';
  }
  getHoistedCode() {
    return '';
  }
  getSuffixCode() {
    return '';
  }
};
var w1 = class e extends me {
  __init() {
    this.lastLineNumber = 1;
  }
  __init2() {
    this.lastIndex = 0;
  }
  __init3() {
    this.filenameVarName = null;
  }
  __init4() {
    this.esmAutomaticImportNameResolutions = {};
  }
  __init5() {
    this.cjsAutomaticModuleNameResolutions = {};
  }
  constructor(s, n, i, c, u) {
    (super(),
      (this.rootTransformer = s),
      (this.tokens = n),
      (this.importProcessor = i),
      (this.nameManager = c),
      (this.options = u),
      e.prototype.__init.call(this),
      e.prototype.__init2.call(this),
      e.prototype.__init3.call(this),
      e.prototype.__init4.call(this),
      e.prototype.__init5.call(this),
      (this.jsxPragmaInfo = I1(u)),
      (this.isAutomaticRuntime = u.jsxRuntime === 'automatic'),
      (this.jsxImportSource = u.jsxImportSource || 'react'));
  }
  process() {
    return this.tokens.matches1(t.jsxTagStart) ? (this.processJSXTag(), !0) : !1;
  }
  getPrefixCode() {
    let s = '';
    if (
      (this.filenameVarName &&
        (s += `const ${this.filenameVarName} = ${JSON.stringify(this.options.filePath || '')};`),
      this.isAutomaticRuntime)
    )
      if (this.importProcessor)
        for (let [n, i] of Object.entries(this.cjsAutomaticModuleNameResolutions))
          s += `var ${i} = require("${n}");`;
      else {
        let { createElement: n, ...i } = this.esmAutomaticImportNameResolutions;
        n && (s += `import {createElement as ${n}} from "${this.jsxImportSource}";`);
        let c = Object.entries(i)
          .map(([u, d]) => `${u} as ${d}`)
          .join(', ');
        if (c) {
          let u = this.jsxImportSource + (this.options.production ? '/jsx-runtime' : '/jsx-dev-runtime');
          s += `import {${c}} from "${u}";`;
        }
      }
    return s;
  }
  processJSXTag() {
    let { jsxRole: s, start: n } = this.tokens.currentToken(),
      i = this.options.production ? null : this.getElementLocationCode(n);
    this.isAutomaticRuntime && s !== J.KeyAfterPropSpread
      ? this.transformTagToJSXFunc(i, s)
      : this.transformTagToCreateElement(i);
  }
  getElementLocationCode(s) {
    return `lineNumber: ${this.getLineNumberForIndex(s)}`;
  }
  getLineNumberForIndex(s) {
    let n = this.tokens.code;
    for (; this.lastIndex < s && this.lastIndex < n.length;)
      (n[this.lastIndex] ===
        `
` && this.lastLineNumber++,
        this.lastIndex++);
    return this.lastLineNumber;
  }
  transformTagToJSXFunc(s, n) {
    let i = n === J.StaticChildren;
    this.tokens.replaceToken(this.getJSXFuncInvocationCode(i));
    let c = null;
    if (this.tokens.matches1(t.jsxTagEnd))
      (this.tokens.replaceToken(`${this.getFragmentCode()}, {`), this.processAutomaticChildrenAndEndProps(n));
    else {
      if (
        (this.processTagIntro(),
        this.tokens.appendCode(', {'),
        (c = this.processProps(!0)),
        this.tokens.matches2(t.slash, t.jsxTagEnd))
      )
        this.tokens.appendCode('}');
      else if (this.tokens.matches1(t.jsxTagEnd))
        (this.tokens.removeToken(), this.processAutomaticChildrenAndEndProps(n));
      else throw new Error('Expected either /> or > at the end of the tag.');
      c && this.tokens.appendCode(`, ${c}`);
    }
    for (
      this.options.production ||
        (c === null && this.tokens.appendCode(', void 0'),
        this.tokens.appendCode(`, ${i}, ${this.getDevSource(s)}, this`)),
        this.tokens.removeInitialToken();
      !this.tokens.matches1(t.jsxTagEnd);
    )
      this.tokens.removeToken();
    this.tokens.replaceToken(')');
  }
  transformTagToCreateElement(s) {
    if ((this.tokens.replaceToken(this.getCreateElementInvocationCode()), this.tokens.matches1(t.jsxTagEnd)))
      (this.tokens.replaceToken(`${this.getFragmentCode()}, null`), this.processChildren(!0));
    else if (
      (this.processTagIntro(),
      this.processPropsObjectWithDevInfo(s),
      !this.tokens.matches2(t.slash, t.jsxTagEnd))
    )
      if (this.tokens.matches1(t.jsxTagEnd)) (this.tokens.removeToken(), this.processChildren(!0));
      else throw new Error('Expected either /> or > at the end of the tag.');
    for (this.tokens.removeInitialToken(); !this.tokens.matches1(t.jsxTagEnd);) this.tokens.removeToken();
    this.tokens.replaceToken(')');
  }
  getJSXFuncInvocationCode(s) {
    return this.options.production
      ? s
        ? this.claimAutoImportedFuncInvocation('jsxs', '/jsx-runtime')
        : this.claimAutoImportedFuncInvocation('jsx', '/jsx-runtime')
      : this.claimAutoImportedFuncInvocation('jsxDEV', '/jsx-dev-runtime');
  }
  getCreateElementInvocationCode() {
    if (this.isAutomaticRuntime) return this.claimAutoImportedFuncInvocation('createElement', '');
    {
      let { jsxPragmaInfo: s } = this;
      return `${(this.importProcessor && this.importProcessor.getIdentifierReplacement(s.base)) || s.base}${s.suffix}(`;
    }
  }
  getFragmentCode() {
    if (this.isAutomaticRuntime)
      return this.claimAutoImportedName(
        'Fragment',
        this.options.production ? '/jsx-runtime' : '/jsx-dev-runtime',
      );
    {
      let { jsxPragmaInfo: s } = this;
      return (
        ((this.importProcessor && this.importProcessor.getIdentifierReplacement(s.fragmentBase)) ||
          s.fragmentBase) + s.fragmentSuffix
      );
    }
  }
  claimAutoImportedFuncInvocation(s, n) {
    let i = this.claimAutoImportedName(s, n);
    return this.importProcessor ? `${i}.call(void 0, ` : `${i}(`;
  }
  claimAutoImportedName(s, n) {
    if (this.importProcessor) {
      let i = this.jsxImportSource + n;
      return (
        this.cjsAutomaticModuleNameResolutions[i] ||
          (this.cjsAutomaticModuleNameResolutions[i] = this.importProcessor.getFreeIdentifierForPath(i)),
        `${this.cjsAutomaticModuleNameResolutions[i]}.${s}`
      );
    } else
      return (
        this.esmAutomaticImportNameResolutions[s] ||
          (this.esmAutomaticImportNameResolutions[s] = this.nameManager.claimFreeName(`_${s}`)),
        this.esmAutomaticImportNameResolutions[s]
      );
  }
  processTagIntro() {
    let s = this.tokens.currentIndex() + 1;
    for (
      ;
      this.tokens.tokens[s].isType ||
      (!this.tokens.matches2AtIndex(s - 1, t.jsxName, t.jsxName) &&
        !this.tokens.matches2AtIndex(s - 1, t.greaterThan, t.jsxName) &&
        !this.tokens.matches1AtIndex(s, t.braceL) &&
        !this.tokens.matches1AtIndex(s, t.jsxTagEnd) &&
        !this.tokens.matches2AtIndex(s, t.slash, t.jsxTagEnd));
    )
      s++;
    if (s === this.tokens.currentIndex() + 1) {
      let n = this.tokens.identifierName();
      wr(n) && this.tokens.replaceToken(`'${n}'`);
    }
    for (; this.tokens.currentIndex() < s;) this.rootTransformer.processToken();
  }
  processPropsObjectWithDevInfo(s) {
    let n = this.options.production ? '' : `__self: this, __source: ${this.getDevSource(s)}`;
    if (!this.tokens.matches1(t.jsxName) && !this.tokens.matches1(t.braceL)) {
      n ? this.tokens.appendCode(`, {${n}}`) : this.tokens.appendCode(', null');
      return;
    }
    (this.tokens.appendCode(', {'),
      this.processProps(!1),
      n ? this.tokens.appendCode(` ${n}}`) : this.tokens.appendCode('}'));
  }
  processProps(s) {
    let n = null;
    for (;;) {
      if (this.tokens.matches2(t.jsxName, t.eq)) {
        let i = this.tokens.identifierName();
        if (s && i === 'key') {
          (n !== null && this.tokens.appendCode(n.replace(/[^\n]/g, '')),
            this.tokens.removeToken(),
            this.tokens.removeToken());
          let c = this.tokens.snapshot();
          (this.processPropValue(), (n = this.tokens.dangerouslyGetAndRemoveCodeSinceSnapshot(c)));
          continue;
        } else (this.processPropName(i), this.tokens.replaceToken(': '), this.processPropValue());
      } else if (this.tokens.matches1(t.jsxName)) {
        let i = this.tokens.identifierName();
        (this.processPropName(i), this.tokens.appendCode(': true'));
      } else if (this.tokens.matches1(t.braceL))
        (this.tokens.replaceToken(''),
          this.rootTransformer.processBalancedCode(),
          this.tokens.replaceToken(''));
      else break;
      this.tokens.appendCode(',');
    }
    return n;
  }
  processPropName(s) {
    s.includes('-') ? this.tokens.replaceToken(`'${s}'`) : this.tokens.copyToken();
  }
  processPropValue() {
    this.tokens.matches1(t.braceL)
      ? (this.tokens.replaceToken(''),
        this.rootTransformer.processBalancedCode(),
        this.tokens.replaceToken(''))
      : this.tokens.matches1(t.jsxTagStart)
        ? this.processJSXTag()
        : this.processStringPropValue();
  }
  processStringPropValue() {
    let s = this.tokens.currentToken(),
      n = this.tokens.code.slice(s.start + 1, s.end - 1),
      i = Io(n),
      c = Lc(n);
    this.tokens.replaceToken(c + i);
  }
  processAutomaticChildrenAndEndProps(s) {
    s === J.StaticChildren
      ? (this.tokens.appendCode(' children: ['), this.processChildren(!1), this.tokens.appendCode(']}'))
      : (s === J.OneChild && this.tokens.appendCode(' children: '),
        this.processChildren(!1),
        this.tokens.appendCode('}'));
  }
  processChildren(s) {
    let n = s;
    for (;;) {
      if (this.tokens.matches2(t.jsxTagStart, t.slash)) return;
      let i = !1;
      if (this.tokens.matches1(t.braceL))
        this.tokens.matches2(t.braceL, t.braceR)
          ? (this.tokens.replaceToken(''), this.tokens.replaceToken(''))
          : (this.tokens.replaceToken(n ? ', ' : ''),
            this.rootTransformer.processBalancedCode(),
            this.tokens.replaceToken(''),
            (i = !0));
      else if (this.tokens.matches1(t.jsxTagStart))
        (this.tokens.appendCode(n ? ', ' : ''), this.processJSXTag(), (i = !0));
      else if (this.tokens.matches1(t.jsxText) || this.tokens.matches1(t.jsxEmptyText))
        i = this.processChildTextElement(n);
      else throw new Error('Unexpected token when processing JSX children.');
      i && (n = !0);
    }
  }
  processChildTextElement(s) {
    let n = this.tokens.currentToken(),
      i = this.tokens.code.slice(n.start, n.end),
      c = Io(i),
      u = Nc(i);
    return u === '""'
      ? (this.tokens.replaceToken(c), !1)
      : (this.tokens.replaceToken(`${s ? ', ' : ''}${u}${c}`), !0);
  }
  getDevSource(s) {
    return `{fileName: ${this.getFilenameVarName()}, ${s}}`;
  }
  getFilenameVarName() {
    return (
      this.filenameVarName || (this.filenameVarName = this.nameManager.claimFreeName('_jsxFileName')),
      this.filenameVarName
    );
  }
};
function wr(e) {
  let s = e.charCodeAt(0);
  return s >= l.lowercaseA && s <= l.lowercaseZ;
}
function Nc(e) {
  let s = '',
    n = '',
    i = !1,
    c = !1;
  for (let u = 0; u < e.length; u++) {
    let d = e[u];
    if (d === ' ' || d === '	' || d === '\r') i || (n += d);
    else if (
      d ===
      `
`
    )
      ((n = ''), (i = !0));
    else {
      if ((c && i && (s += ' '), (s += n), (n = ''), d === '&')) {
        let { entity: g, newI: A } = wo(e, u + 1);
        ((u = A - 1), (s += g));
      } else s += d;
      ((c = !0), (i = !1));
    }
  }
  return (i || (s += n), JSON.stringify(s));
}
function Io(e) {
  let s = 0,
    n = 0;
  for (let i of e)
    i ===
    `
`
      ? (s++, (n = 0))
      : i === ' ' && n++;
  return (
    `
`.repeat(s) + ' '.repeat(n)
  );
}
function Lc(e) {
  let s = '';
  for (let n = 0; n < e.length; n++) {
    let i = e[n];
    if (
      i ===
      `
`
    )
      if (/\s/.test(e[n + 1])) for (s += ' '; n < e.length && /\s/.test(e[n + 1]);) n++;
      else
        s += `
`;
    else if (i === '&') {
      let { entity: c, newI: u } = wo(e, n + 1);
      ((s += c), (n = u - 1));
    } else s += i;
  }
  return JSON.stringify(s);
}
function wo(e, s) {
  let n = '',
    i = 0,
    c,
    u = s;
  if (e[u] === '#') {
    let d = 10;
    u++;
    let g;
    if (e[u] === 'x') for (d = 16, u++, g = u; u < e.length && vc(e.charCodeAt(u));) u++;
    else for (g = u; u < e.length && Fc(e.charCodeAt(u));) u++;
    if (e[u] === ';') {
      let A = e.slice(g, u);
      A && (u++, (c = String.fromCodePoint(parseInt(A, d))));
    }
  } else
    for (; u < e.length && i++ < 10;) {
      let d = e[u];
      if ((u++, d === ';')) {
        c = go.get(n);
        break;
      }
      n += d;
    }
  return c ? { entity: c, newI: u } : { entity: '&', newI: s };
}
function Fc(e) {
  return e >= l.digit0 && e <= l.digit9;
}
function vc(e) {
  return (
    (e >= l.digit0 && e <= l.digit9) ||
    (e >= l.lowercaseA && e <= l.lowercaseF) ||
    (e >= l.uppercaseA && e <= l.uppercaseF)
  );
}
function yo(e, s) {
  let n = I1(s),
    i = new Set();
  for (let c = 0; c < e.tokens.length; c++) {
    let u = e.tokens[c];
    if (
      (u.type === t.name &&
        !u.isType &&
        (u.identifierRole === w.Access ||
          u.identifierRole === w.ObjectShorthand ||
          u.identifierRole === w.ExportAccess) &&
        !u.shadowsGlobal &&
        i.add(e.identifierNameForToken(u)),
      u.type === t.jsxTagStart && i.add(n.base),
      u.type === t.jsxTagStart &&
        c + 1 < e.tokens.length &&
        e.tokens[c + 1].type === t.jsxTagEnd &&
        (i.add(n.base), i.add(n.fragmentBase)),
      u.type === t.jsxName && u.identifierRole === w.Access)
    ) {
      let d = e.identifierNameForToken(u);
      (!wr(d) || e.tokens[c + 1].type === t.dot) && i.add(e.identifierNameForToken(u));
    }
  }
  return i;
}
function yr(e) {
  let s = e.currentIndex();
  for (; !e.matches1AtIndex(s, t.braceR);) s++;
  return e.matchesContextualAtIndex(s + 1, a._from) && e.matches1AtIndex(s + 2, t.string);
}
function st(e) {
  (e.matches2(t._with, t.braceL) || (e.matches2(t.name, t.braceL) && e.matchesContextual(a._assert))) &&
    (e.removeToken(), e.removeToken(), e.removeBalancedCode(), e.removeToken());
}
function Sr(e, s, n, i) {
  if (!e || s) return !1;
  let c = n.currentToken();
  if (c.rhsEndIndex == null) throw new Error('Expected non-null rhsEndIndex on export token.');
  let u = c.rhsEndIndex - n.currentIndex();
  if (u !== 3 && !(u === 4 && n.matches1AtIndex(c.rhsEndIndex - 1, t.semi))) return !1;
  let d = n.tokenAtRelativeIndex(2);
  if (d.type !== t.name) return !1;
  let g = n.identifierNameForToken(d);
  return i.typeDeclarations.has(g) && !i.valueDeclarations.has(g);
}
var y1 = class extends me {
  constructor(s, n, i, c, u, d, g, A) {
    (super(),
      (this.tokens = s),
      (this.nameManager = n),
      (this.helperManager = i),
      (this.reactHotLoaderTransformer = c),
      (this.isTypeScriptTransformEnabled = u),
      (this.isFlowTransformEnabled = d),
      (this.keepUnusedImports = g),
      (this.nonTypeIdentifiers = u && !g ? yo(s, A) : new Set()),
      (this.declarationInfo = u && !g ? Ir(s) : ko),
      (this.injectCreateRequireForImportRequire = !!A.injectCreateRequireForImportRequire));
  }
  process() {
    if (this.tokens.matches3(t._import, t.name, t.eq)) return this.processImportEquals();
    if (
      this.tokens.matches4(t._import, t.name, t.name, t.eq) &&
      this.tokens.matchesContextualAtIndex(this.tokens.currentIndex() + 1, a._type)
    ) {
      this.tokens.removeInitialToken();
      for (let s = 0; s < 7; s++) this.tokens.removeToken();
      return !0;
    }
    if (this.tokens.matches2(t._export, t.eq)) return (this.tokens.replaceToken('module.exports'), !0);
    if (
      this.tokens.matches5(t._export, t._import, t.name, t.name, t.eq) &&
      this.tokens.matchesContextualAtIndex(this.tokens.currentIndex() + 2, a._type)
    ) {
      this.tokens.removeInitialToken();
      for (let s = 0; s < 8; s++) this.tokens.removeToken();
      return !0;
    }
    if (this.tokens.matches1(t._import)) return this.processImport();
    if (this.tokens.matches2(t._export, t._default)) return this.processExportDefault();
    if (this.tokens.matches2(t._export, t.braceL)) return this.processNamedExports();
    if (
      this.tokens.matches2(t._export, t.name) &&
      this.tokens.matchesContextualAtIndex(this.tokens.currentIndex() + 1, a._type)
    ) {
      if ((this.tokens.removeInitialToken(), this.tokens.removeToken(), this.tokens.matches1(t.braceL))) {
        for (; !this.tokens.matches1(t.braceR);) this.tokens.removeToken();
        this.tokens.removeToken();
      } else
        (this.tokens.removeToken(),
          this.tokens.matches1(t._as) && (this.tokens.removeToken(), this.tokens.removeToken()));
      return (
        this.tokens.matchesContextual(a._from) &&
          this.tokens.matches1AtIndex(this.tokens.currentIndex() + 1, t.string) &&
          (this.tokens.removeToken(), this.tokens.removeToken(), st(this.tokens)),
        !0
      );
    }
    return !1;
  }
  processImportEquals() {
    let s = this.tokens.identifierNameAtIndex(this.tokens.currentIndex() + 1);
    return (
      this.shouldAutomaticallyElideImportedName(s)
        ? br(this.tokens)
        : this.injectCreateRequireForImportRequire
          ? (this.tokens.replaceToken('const'),
            this.tokens.copyToken(),
            this.tokens.copyToken(),
            this.tokens.replaceToken(this.helperManager.getHelperName('require')))
          : this.tokens.replaceToken('const'),
      !0
    );
  }
  processImport() {
    if (this.tokens.matches2(t._import, t.parenL)) return !1;
    let s = this.tokens.snapshot();
    if (this.removeImportTypeBindings()) {
      for (this.tokens.restoreToSnapshot(s); !this.tokens.matches1(t.string);) this.tokens.removeToken();
      (this.tokens.removeToken(), st(this.tokens), this.tokens.matches1(t.semi) && this.tokens.removeToken());
    }
    return !0;
  }
  removeImportTypeBindings() {
    if (
      (this.tokens.copyExpectedToken(t._import),
      this.tokens.matchesContextual(a._type) &&
        !this.tokens.matches1AtIndex(this.tokens.currentIndex() + 1, t.comma) &&
        !this.tokens.matchesContextualAtIndex(this.tokens.currentIndex() + 1, a._from))
    )
      return !0;
    if (this.tokens.matches1(t.string)) return (this.tokens.copyToken(), !1);
    this.tokens.matchesContextual(a._module) &&
      this.tokens.matchesContextualAtIndex(this.tokens.currentIndex() + 2, a._from) &&
      this.tokens.copyToken();
    let s = !1,
      n = !1,
      i = !1;
    if (
      (this.tokens.matches1(t.name) &&
        (this.shouldAutomaticallyElideImportedName(this.tokens.identifierName())
          ? (this.tokens.removeToken(), this.tokens.matches1(t.comma) && this.tokens.removeToken())
          : ((s = !0),
            this.tokens.copyToken(),
            this.tokens.matches1(t.comma) && ((i = !0), this.tokens.removeToken()))),
      this.tokens.matches1(t.star))
    )
      this.shouldAutomaticallyElideImportedName(this.tokens.identifierNameAtRelativeIndex(2))
        ? (this.tokens.removeToken(), this.tokens.removeToken(), this.tokens.removeToken())
        : (i && this.tokens.appendCode(','),
          (s = !0),
          this.tokens.copyExpectedToken(t.star),
          this.tokens.copyExpectedToken(t.name),
          this.tokens.copyExpectedToken(t.name));
    else if (this.tokens.matches1(t.braceL)) {
      for (i && this.tokens.appendCode(','), this.tokens.copyToken(); !this.tokens.matches1(t.braceR);) {
        n = !0;
        let c = r1(this.tokens);
        if (c.isType || this.shouldAutomaticallyElideImportedName(c.rightName)) {
          for (; this.tokens.currentIndex() < c.endIndex;) this.tokens.removeToken();
          this.tokens.matches1(t.comma) && this.tokens.removeToken();
        } else {
          for (s = !0; this.tokens.currentIndex() < c.endIndex;) this.tokens.copyToken();
          this.tokens.matches1(t.comma) && this.tokens.copyToken();
        }
      }
      this.tokens.copyExpectedToken(t.braceR);
    }
    return this.keepUnusedImports
      ? !1
      : this.isTypeScriptTransformEnabled
        ? !s
        : this.isFlowTransformEnabled
          ? n && !s
          : !1;
  }
  shouldAutomaticallyElideImportedName(s) {
    return this.isTypeScriptTransformEnabled && !this.keepUnusedImports && !this.nonTypeIdentifiers.has(s);
  }
  processExportDefault() {
    if (Sr(this.isTypeScriptTransformEnabled, this.keepUnusedImports, this.tokens, this.declarationInfo))
      return (this.tokens.removeInitialToken(), this.tokens.removeToken(), this.tokens.removeToken(), !0);
    if (
      !(
        this.tokens.matches4(t._export, t._default, t._function, t.name) ||
        (this.tokens.matches5(t._export, t._default, t.name, t._function, t.name) &&
          this.tokens.matchesContextualAtIndex(this.tokens.currentIndex() + 2, a._async)) ||
        this.tokens.matches4(t._export, t._default, t._class, t.name) ||
        this.tokens.matches5(t._export, t._default, t._abstract, t._class, t.name)
      ) &&
      this.reactHotLoaderTransformer
    ) {
      let n = this.nameManager.claimFreeName('_default');
      return (
        this.tokens.replaceToken(`let ${n}; export`),
        this.tokens.copyToken(),
        this.tokens.appendCode(` ${n} =`),
        this.reactHotLoaderTransformer.setExtractedDefaultExportName(n),
        !0
      );
    }
    return !1;
  }
  processNamedExports() {
    if (!this.isTypeScriptTransformEnabled) return !1;
    (this.tokens.copyExpectedToken(t._export), this.tokens.copyExpectedToken(t.braceL));
    let s = yr(this.tokens),
      n = !1;
    for (; !this.tokens.matches1(t.braceR);) {
      let i = r1(this.tokens);
      if (i.isType || (!s && this.shouldElideExportedName(i.leftName))) {
        for (; this.tokens.currentIndex() < i.endIndex;) this.tokens.removeToken();
        this.tokens.matches1(t.comma) && this.tokens.removeToken();
      } else {
        for (n = !0; this.tokens.currentIndex() < i.endIndex;) this.tokens.copyToken();
        this.tokens.matches1(t.comma) && this.tokens.copyToken();
      }
    }
    return (
      this.tokens.copyExpectedToken(t.braceR),
      !this.keepUnusedImports &&
        s &&
        !n &&
        (this.tokens.removeToken(), this.tokens.removeToken(), st(this.tokens)),
      !0
    );
  }
  shouldElideExportedName(s) {
    return (
      this.isTypeScriptTransformEnabled &&
      !this.keepUnusedImports &&
      this.declarationInfo.typeDeclarations.has(s) &&
      !this.declarationInfo.valueDeclarations.has(s)
    );
  }
};
var rt = class {};
var nt = class {};
var ot = class {};
var it = class {};
var at = class {};
var ct = class {};
var lt = class {};
var Oc = new Set([
  'break',
  'case',
  'catch',
  'class',
  'const',
  'continue',
  'debugger',
  'default',
  'delete',
  'do',
  'else',
  'export',
  'extends',
  'finally',
  'for',
  'function',
  'if',
  'import',
  'in',
  'instanceof',
  'new',
  'return',
  'super',
  'switch',
  'this',
  'throw',
  'try',
  'typeof',
  'var',
  'void',
  'while',
  'with',
  'yield',
  'enum',
  'implements',
  'interface',
  'let',
  'package',
  'private',
  'protected',
  'public',
  'static',
  'await',
  'false',
  'null',
  'true',
]);
function ut(e) {
  if (e.length === 0 || !ce[e.charCodeAt(0)]) return !1;
  for (let s = 1; s < e.length; s++) if (!H[e.charCodeAt(s)]) return !1;
  return !Oc.has(e);
}
var S1 = class extends me {
  constructor(s, n, i) {
    (super(), (this.rootTransformer = s), (this.tokens = n), (this.isImportsTransformEnabled = i));
  }
  process() {
    return this.rootTransformer.processPossibleArrowParamEnd() ||
      this.rootTransformer.processPossibleAsyncArrowWithTypeParams() ||
      this.rootTransformer.processPossibleTypeRange()
      ? !0
      : this.tokens.matches1(t._public) ||
          this.tokens.matches1(t._protected) ||
          this.tokens.matches1(t._private) ||
          this.tokens.matches1(t._abstract) ||
          this.tokens.matches1(t._readonly) ||
          this.tokens.matches1(t._override) ||
          this.tokens.matches1(t.nonNullAssertion)
        ? (this.tokens.removeInitialToken(), !0)
        : this.tokens.matches1(t._enum) || this.tokens.matches2(t._const, t._enum)
          ? (this.processEnum(), !0)
          : this.tokens.matches2(t._export, t._enum) || this.tokens.matches3(t._export, t._const, t._enum)
            ? (this.processEnum(!0), !0)
            : !1;
  }
  processEnum(s = !1) {
    for (this.tokens.removeInitialToken(); this.tokens.matches1(t._const) || this.tokens.matches1(t._enum);)
      this.tokens.removeToken();
    let n = this.tokens.identifierName();
    (this.tokens.removeToken(),
      s && !this.isImportsTransformEnabled && this.tokens.appendCode('export '),
      this.tokens.appendCode(`var ${n}; (function (${n})`),
      this.tokens.copyExpectedToken(t.braceL),
      this.processEnumBody(n),
      this.tokens.copyExpectedToken(t.braceR),
      s && this.isImportsTransformEnabled
        ? this.tokens.appendCode(`)(${n} || (exports.${n} = ${n} = {}));`)
        : this.tokens.appendCode(`)(${n} || (${n} = {}));`));
  }
  processEnumBody(s) {
    let n = null;
    for (; !this.tokens.matches1(t.braceR);) {
      let { nameStringCode: i, variableName: c } = this.extractEnumKeyInfo(this.tokens.currentToken());
      (this.tokens.removeInitialToken(),
        this.tokens.matches3(t.eq, t.string, t.comma) || this.tokens.matches3(t.eq, t.string, t.braceR)
          ? this.processStringLiteralEnumMember(s, i, c)
          : this.tokens.matches1(t.eq)
            ? this.processExplicitValueEnumMember(s, i, c)
            : this.processImplicitValueEnumMember(s, i, c, n),
        this.tokens.matches1(t.comma) && this.tokens.removeToken(),
        c != null ? (n = c) : (n = `${s}[${i}]`));
    }
  }
  extractEnumKeyInfo(s) {
    if (s.type === t.name) {
      let n = this.tokens.identifierNameForToken(s);
      return { nameStringCode: `"${n}"`, variableName: ut(n) ? n : null };
    } else if (s.type === t.string) {
      let n = this.tokens.stringValueForToken(s);
      return { nameStringCode: this.tokens.code.slice(s.start, s.end), variableName: ut(n) ? n : null };
    } else throw new Error('Expected name or string at beginning of enum element.');
  }
  processStringLiteralEnumMember(s, n, i) {
    i != null
      ? (this.tokens.appendCode(`const ${i}`),
        this.tokens.copyToken(),
        this.tokens.copyToken(),
        this.tokens.appendCode(`; ${s}[${n}] = ${i};`))
      : (this.tokens.appendCode(`${s}[${n}]`),
        this.tokens.copyToken(),
        this.tokens.copyToken(),
        this.tokens.appendCode(';'));
  }
  processExplicitValueEnumMember(s, n, i) {
    let c = this.tokens.currentToken().rhsEndIndex;
    if (c == null) throw new Error('Expected rhsEndIndex on enum assign.');
    if (i != null) {
      for (this.tokens.appendCode(`const ${i}`), this.tokens.copyToken(); this.tokens.currentIndex() < c;)
        this.rootTransformer.processToken();
      this.tokens.appendCode(`; ${s}[${s}[${n}] = ${i}] = ${n};`);
    } else {
      for (
        this.tokens.appendCode(`${s}[${s}[${n}]`), this.tokens.copyToken();
        this.tokens.currentIndex() < c;
      )
        this.rootTransformer.processToken();
      this.tokens.appendCode(`] = ${n};`);
    }
  }
  processImplicitValueEnumMember(s, n, i, c) {
    let u = c != null ? `${c} + 1` : '0';
    (i != null && (this.tokens.appendCode(`const ${i} = ${u}; `), (u = i)),
      this.tokens.appendCode(`${s}[${s}[${n}] = ${u}] = ${n};`));
  }
};
var T1 = class e {
  __init() {
    this.transformers = [];
  }
  __init2() {
    this.generatedVariables = [];
  }
  constructor(s, n, i, c) {
    (e.prototype.__init.call(this),
      e.prototype.__init2.call(this),
      (this.nameManager = s.nameManager),
      (this.helperManager = s.helperManager));
    let { tokenProcessor: u, importProcessor: d } = s;
    ((this.tokens = u),
      (this.isImportsTransformEnabled = n.includes('imports')),
      (this.isReactHotLoaderTransformEnabled = n.includes('react-hot-loader')),
      (this.disableESTransforms = !!c.disableESTransforms),
      c.disableESTransforms ||
        (this.transformers.push(new at(u, this.nameManager)),
        this.transformers.push(new ot(u)),
        this.transformers.push(new it(u, this.nameManager))),
      n.includes('jsx') &&
        (c.jsxRuntime !== 'preserve' && this.transformers.push(new w1(this, u, d, this.nameManager, c)),
        this.transformers.push(new ct(this, u, d, c))));
    let g = null;
    if (n.includes('react-hot-loader')) {
      if (!c.filePath) throw new Error('filePath is required when using the react-hot-loader transform.');
      ((g = new lt(u, c.filePath)), this.transformers.push(g));
    }
    if (n.includes('imports')) {
      if (d === null) throw new Error('Expected non-null importProcessor with imports transform enabled.');
      this.transformers.push(
        new et(
          this,
          u,
          d,
          this.nameManager,
          this.helperManager,
          g,
          i,
          !!c.enableLegacyTypeScriptModuleInterop,
          n.includes('typescript'),
          n.includes('flow'),
          !!c.preserveDynamicImport,
          !!c.keepUnusedImports,
        ),
      );
    } else
      this.transformers.push(
        new y1(
          u,
          this.nameManager,
          this.helperManager,
          g,
          n.includes('typescript'),
          n.includes('flow'),
          !!c.keepUnusedImports,
          c,
        ),
      );
    (n.includes('flow') && this.transformers.push(new rt(this, u, n.includes('imports'))),
      n.includes('typescript') && this.transformers.push(new S1(this, u, n.includes('imports'))),
      n.includes('jest') && this.transformers.push(new nt(this, u, this.nameManager, d)));
  }
  transform() {
    (this.tokens.reset(), this.processBalancedCode());
    let n = this.isImportsTransformEnabled ? '"use strict";' : '';
    for (let d of this.transformers) n += d.getPrefixCode();
    ((n += this.helperManager.emitHelpers()),
      (n += this.generatedVariables.map((d) => ` var ${d};`).join('')));
    for (let d of this.transformers) n += d.getHoistedCode();
    let i = '';
    for (let d of this.transformers) i += d.getSuffixCode();
    let c = this.tokens.finish(),
      { code: u } = c;
    if (u.startsWith('#!')) {
      let d = u.indexOf(`
`);
      return (
        d === -1 &&
          ((d = u.length),
          (u += `
`)),
        {
          code: u.slice(0, d + 1) + n + u.slice(d + 1) + i,
          mappings: this.shiftMappings(c.mappings, n.length),
        }
      );
    } else return { code: n + u + i, mappings: this.shiftMappings(c.mappings, n.length) };
  }
  processBalancedCode() {
    let s = 0,
      n = 0;
    for (; !this.tokens.isAtEnd();) {
      if (this.tokens.matches1(t.braceL) || this.tokens.matches1(t.dollarBraceL)) s++;
      else if (this.tokens.matches1(t.braceR)) {
        if (s === 0) return;
        s--;
      }
      if (this.tokens.matches1(t.parenL)) n++;
      else if (this.tokens.matches1(t.parenR)) {
        if (n === 0) return;
        n--;
      }
      this.processToken();
    }
  }
  processToken() {
    if (this.tokens.matches1(t._class)) {
      this.processClass();
      return;
    }
    for (let s of this.transformers) if (s.process()) return;
    this.tokens.copyToken();
  }
  processNamedClass() {
    if (!this.tokens.matches2(t._class, t.name))
      throw new Error('Expected identifier for exported class name.');
    let s = this.tokens.identifierNameAtIndex(this.tokens.currentIndex() + 1);
    return (this.processClass(), s);
  }
  processClass() {
    let s = gr(this, this.tokens, this.nameManager, this.disableESTransforms),
      n =
        (s.headerInfo.isExpression || !s.headerInfo.className) &&
        s.staticInitializerNames.length + s.instanceInitializerNames.length > 0,
      i = s.headerInfo.className;
    n &&
      ((i = this.nameManager.claimFreeName('_class')),
      this.generatedVariables.push(i),
      this.tokens.appendCode(` (${i} =`));
    let u = this.tokens.currentToken().contextId;
    if (u == null) throw new Error('Expected class to have a context ID.');
    for (this.tokens.copyExpectedToken(t._class); !this.tokens.matchesContextIdAndLabel(t.braceL, u);)
      this.processToken();
    this.processClassBody(s, i);
    let d = s.staticInitializerNames.map((g) => `${i}.${g}()`);
    n
      ? this.tokens.appendCode(`, ${d.map((g) => `${g}, `).join('')}${i})`)
      : s.staticInitializerNames.length > 0 && this.tokens.appendCode(` ${d.map((g) => `${g};`).join(' ')}`);
  }
  processClassBody(s, n) {
    let {
        headerInfo: i,
        constructorInsertPos: c,
        constructorInitializerStatements: u,
        fields: d,
        instanceInitializerNames: g,
        rangesToRemove: A,
      } = s,
      P = 0,
      F = 0,
      N = this.tokens.currentToken().contextId;
    if (N == null) throw new Error('Expected non-null context ID on class.');
    (this.tokens.copyExpectedToken(t.braceL),
      this.isReactHotLoaderTransformEnabled &&
        this.tokens.appendCode('__reactstandin__regenerateByEval(key, code) {this[key] = eval(code);}'));
    let B = u.length + g.length > 0;
    if (c === null && B) {
      let O = this.makeConstructorInitCode(u, g, n);
      if (i.hasSuperclass) {
        let X = this.nameManager.claimFreeName('args');
        this.tokens.appendCode(`constructor(...${X}) { super(...${X}); ${O}; }`);
      } else this.tokens.appendCode(`constructor() { ${O}; }`);
    }
    for (; !this.tokens.matchesContextIdAndLabel(t.braceR, N);)
      if (P < d.length && this.tokens.currentIndex() === d[P].start) {
        let O = !1;
        for (
          this.tokens.matches1(t.bracketL)
            ? this.tokens.copyTokenWithPrefix(`${d[P].initializerName}() {this`)
            : this.tokens.matches1(t.string) || this.tokens.matches1(t.num)
              ? (this.tokens.copyTokenWithPrefix(`${d[P].initializerName}() {this[`), (O = !0))
              : this.tokens.copyTokenWithPrefix(`${d[P].initializerName}() {this.`);
          this.tokens.currentIndex() < d[P].end;
        )
          (O && this.tokens.currentIndex() === d[P].equalsIndex && this.tokens.appendCode(']'),
            this.processToken());
        (this.tokens.appendCode('}'), P++);
      } else if (F < A.length && this.tokens.currentIndex() >= A[F].start) {
        for (
          this.tokens.currentIndex() < A[F].end && this.tokens.removeInitialToken();
          this.tokens.currentIndex() < A[F].end;
        )
          this.tokens.removeToken();
        F++;
      } else
        this.tokens.currentIndex() === c
          ? (this.tokens.copyToken(),
            B && this.tokens.appendCode(`;${this.makeConstructorInitCode(u, g, n)};`),
            this.processToken())
          : this.processToken();
    this.tokens.copyExpectedToken(t.braceR);
  }
  makeConstructorInitCode(s, n, i) {
    return [...s, ...n.map((c) => `${i}.prototype.${c}.call(this)`)].join(';');
  }
  processPossibleArrowParamEnd() {
    if (this.tokens.matches2(t.parenR, t.colon) && this.tokens.tokenAtRelativeIndex(1).isType) {
      let s = this.tokens.currentIndex() + 1;
      for (; this.tokens.tokens[s].isType;) s++;
      if (this.tokens.matches1AtIndex(s, t.arrow)) {
        for (this.tokens.removeInitialToken(); this.tokens.currentIndex() < s;) this.tokens.removeToken();
        return (this.tokens.replaceTokenTrimmingLeftWhitespace(') =>'), !0);
      }
    }
    return !1;
  }
  processPossibleAsyncArrowWithTypeParams() {
    if (!this.tokens.matchesContextual(a._async) && !this.tokens.matches1(t._async)) return !1;
    let s = this.tokens.tokenAtRelativeIndex(1);
    if (s.type !== t.lessThan || !s.isType) return !1;
    let n = this.tokens.currentIndex() + 1;
    for (; this.tokens.tokens[n].isType;) n++;
    if (this.tokens.matches1AtIndex(n, t.parenL)) {
      for (
        this.tokens.replaceToken('async ('), this.tokens.removeInitialToken();
        this.tokens.currentIndex() < n;
      )
        this.tokens.removeToken();
      return (this.tokens.removeToken(), this.processBalancedCode(), this.processToken(), !0);
    }
    return !1;
  }
  processPossibleTypeRange() {
    if (this.tokens.currentToken().isType) {
      for (this.tokens.removeInitialToken(); this.tokens.currentToken().isType;) this.tokens.removeToken();
      return !0;
    }
    return !1;
  }
  shiftMappings(s, n) {
    for (let i = 0; i < s.length; i++) {
      let c = s[i];
      c !== void 0 && (s[i] = c + n);
    }
    return s;
  }
};
function Tr(e) {
  let s = new Set();
  for (let n = 0; n < e.tokens.length; n++)
    e.matches1AtIndex(n, t._import) && !e.matches3AtIndex(n, t._import, t.name, t.eq) && jc(e, n, s);
  return s;
}
function jc(e, s, n) {
  (s++,
    !e.matches1AtIndex(s, t.parenL) &&
      (e.matches1AtIndex(s, t.name) &&
        (n.add(e.identifierNameAtIndex(s)), s++, e.matches1AtIndex(s, t.comma) && s++),
      e.matches1AtIndex(s, t.star) && ((s += 2), n.add(e.identifierNameAtIndex(s)), s++),
      e.matches1AtIndex(s, t.braceL) && (s++, qc(e, s, n))));
}
function qc(e, s, n) {
  for (;;) {
    if (e.matches1AtIndex(s, t.braceR)) return;
    let i = r1(e, s);
    if (((s = i.endIndex), i.isType || n.add(i.rightName), e.matches2AtIndex(s, t.comma, t.braceR))) return;
    if (e.matches1AtIndex(s, t.braceR)) return;
    if (e.matches1AtIndex(s, t.comma)) s++;
    else throw new Error(`Unexpected token: ${JSON.stringify(e.tokens[s])}`);
  }
}
function Bc(e, s) {
  try {
    let n = Mc(e, s),
      c = new T1(n, s.transforms, !!s.enableLegacyBabel5ModuleInterop, s).transform(),
      u = { code: c.code };
    if (s.sourceMapOptions) {
      if (!s.filePath) throw new Error('filePath must be specified when generating a source map.');
      u = { ...u, sourceMap: E1(c, s.filePath, s.sourceMapOptions, e, n.tokenProcessor.tokens) };
    }
    return u;
  } catch (n) {
    throw (s.filePath && (n.message = `Error transforming ${s.filePath}: ${n.message}`), n);
  }
}
function Mc(e, s) {
  let n = s.transforms.includes('jsx'),
    i = s.transforms.includes('typescript'),
    c = s.transforms.includes('flow'),
    u = s.disableESTransforms === !0,
    d = xo(e, n, i, c),
    g = d.tokens,
    A = d.scopes,
    P = new a1(e, g),
    F = new P1(P),
    N = new b1(e, g, c, u, F),
    B = !!s.enableLegacyTypeScriptModuleInterop,
    O = null;
  return (
    s.transforms.includes('imports')
      ? ((O = new A1(P, N, B, s, s.transforms.includes('typescript'), !!s.keepUnusedImports, F)),
        O.preprocessTokens(),
        N1(N, A, O.getGlobalNames()),
        s.transforms.includes('typescript') && !s.keepUnusedImports && O.pruneTypeOnlyImports())
      : s.transforms.includes('typescript') && !s.keepUnusedImports && N1(N, A, Tr(N)),
    { tokenProcessor: N, scopes: A, nameManager: P, importProcessor: O, helperManager: F }
  );
}
export { Bc as transform };
