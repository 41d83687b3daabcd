/** Names of Python modules that a file of the repository must not take the place of. */

/**
 * The modules of the standard library: `sys.stdlib_module_names` of Python 3.10 to 3.14, and the lists of 3.8 and 3.9 in
 * the package stdlib-list. Modules that are built in or frozen are among them: which ones are differs between builds, and
 * nobody names a file after them. Left out are names of ordinary files that no runner loads: turtle, turtledemo,
 * antigravity, and parser, symbol and formatter, which ended with Python 3.9.
 */
const STANDARD_LIBRARY =
  '__future__ _abc _aix_support _android_support _apple_support _ast _ast_unparse _asyncio _bisect _blake2 ' +
  '_bootlocale _bootsubprocess _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw ' +
  '_collections _collections_abc _colorize _compat_pickle _compression _contextvars _crypt _csv _ctypes _curses ' +
  '_curses_panel _datetime _dbm _decimal _dummy_thread _elementtree _frozen_importlib _frozen_importlib_external ' +
  '_functools _gdbm _hashlib _heapq _hmac _imp _interpchannels _interpqueues _interpreters _io _ios_support _json ' +
  '_locale _lsprof _lzma _markupbase _md5 _msi _multibytecodec _multiprocessing _opcode _opcode_metadata _operator ' +
  '_osx_support _overlapped _peg_parser _pickle _posixshmem _posixsubprocess _py_abc _py_warnings _pydatetime ' +
  '_pydecimal _pyio _pylong _pyrepl _queue _random _remote_debugging _scproxy _sha1 _sha2 _sha256 _sha3 _sha512 ' +
  '_signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct _suggestions ' +
  '_symtable _sysconfig _thread _threading_local _tkinter _tokenize _tracemalloc _types _typing _uuid _warnings ' +
  '_weakref _weakrefset _winapi _wmi _xxsubinterpreters _zoneinfo _zstd abc aifc annotationlib argparse array ast ' +
  'asynchat asyncio asyncore atexit audioop base64 bdb binascii binhex bisect builtins bz2 cProfile calendar cgi ' +
  'cgitb chunk cmath cmd code codecs codeop collections colorsys compileall compression concurrent configparser ' +
  'contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis ' +
  'distutils doctest dummy_threading email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput ' +
  'fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq ' +
  'hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 ' +
  'linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt ' +
  'multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib ' +
  'pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd ' +
  'py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy ' +
  'sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd ' +
  'sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau ' +
  'symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap this threading time timeit ' +
  'tkinter token tokenize tomllib trace traceback tracemalloc tty types typing unicodedata unittest urllib uu uuid ' +
  'venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib ' +
  'zoneinfo';

/** Test runners and the packages that they load. */
const RUNNERS =
  'pytest _pytest pluggy iniconfig packaging pygments exceptiongroup tomli colorama attr attrs py nose nose2 xdist ' +
  'execnet behave hypothesis coverage mock django typing_extensions';

const NAMES: ReadonlySet<string> = new Set(`${STANDARD_LIBRARY} ${RUNNERS}`.split(' '));

/** An ending of the modules that Python loads: a source, or an extension module with or without the tag of a version. */
const MODULE_ENDING = /\.(?:pyw?|(?:[\w-]+\.)?(?:so|pyd))$/;

/** Whether a path, relative to a folder on Python's path, would be loaded as a module that runs the tests. */
export function isRunnerModule(path: string): boolean {
  const module = modulePath(path);
  const name = module?.replace(/\/__(?:init|main)__$/, '');
  // The last names a platform: sysconfig loads it.
  return name !== undefined && (NAMES.has(name) || name.startsWith('_sysconfigdata_'));
}

/** A path without the ending of a module of Python; null for other files. */
export function modulePath(path: string): string | null {
  const ending = MODULE_ENDING.exec(path);
  return ending === null ? null : path.slice(0, ending.index);
}

/**
 * Compiled Python that stands for other files: a runner loads bytecode in a `__pycache__` folder in place of the source,
 * whatever its content, and a compiled `__init__` hides what it runs.
 */
const COMPILED = /\.py[co]$|(?:^|\/)__pycache__\/|(?:^|\/)__init__\.(?:[\w-]+\.)?(?:so|pyd)$/;

export function isCompiledPython(path: string): boolean {
  return COMPILED.test(path);
}
