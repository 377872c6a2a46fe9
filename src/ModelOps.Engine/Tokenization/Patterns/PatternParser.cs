using System.Globalization;
using System.Text;

namespace ModelOps.Engine.Tokenization.Patterns;

/// <summary>
/// Parses the regular expressions of tokenizers, with Oniguruma's meaning (https://github.com/kkos/oniguruma/blob/master/doc/RE):
/// code points, never UTF-16 units; <c>^</c> and <c>$</c> at every line. What it does not know, it refuses.
/// </summary>
internal sealed class PatternParser
{
    private const int MaximumDepth = 100;
    private readonly string _pattern;
    private int _at;
    private bool _ignoreCase;
    private int _depth;

    private PatternParser(string pattern) => _pattern = pattern;

    private bool AtEnd => _at >= _pattern.Length;

    private char Current => _pattern[_at];

    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var node = parser.ParseAlternation();
        return parser.AtEnd ? node : throw parser.Refuse($"'{parser.Current}' without its opening parenthesis");
    }

    private PatternNode ParseAlternation()
    {
        if (++_depth > MaximumDepth)
            throw Refuse($"groups are nested more than {MaximumDepth} deep");
        bool ignoreCase = _ignoreCase;
        var choices = new List<PatternNode> { ParseConcatenation() };
        while (Take("|"))
            choices.Add(ParseConcatenation());
        _ignoreCase = ignoreCase;
        _depth--;
        return choices.Count == 1 ? choices[0] : new PatternNode.Alternation(choices);
    }

    private PatternNode ParseConcatenation()
    {
        var parts = new List<PatternNode>();
        while (!AtEnd && Current is not ('|' or ')'))
            parts.Add(ParseQuantifiers(ParseAtom()));

        return parts.Count == 1 ? parts[0] : new PatternNode.Concatenation(parts);
    }

    private PatternNode ParseAtom() => Current switch
    {
        '(' => ParseGroup(),
        '[' => new PatternNode.One(ParseClass()),
        '.' when Take(".") => new PatternNode.One(CodePointSet.Of('\n').Complement()),
        '^' when Take("^") => new PatternNode.Anchor(AnchorKind.LineStart),
        '$' when Take("$") => new PatternNode.Anchor(AnchorKind.LineEnd),
        '*' or '+' or '?' => throw Refuse($"'{Current}' has nothing to repeat"),
        '\\' => ParseEscape(),
        _ => Literal(TakeCodePoint()),
    };

    private PatternNode ParseGroup()
    {
        bool ignoreCase = _ignoreCase;
        if (Take("(?i)"))
        {
            // Up to the end of the group around it, alternatives included: a(?i)b|c is a(?i:b|c).
            _ignoreCase = true;
            var rest = ParseAlternation();
            _ignoreCase = ignoreCase;
            return rest;
        }

        Func<PatternNode, PatternNode> wrap = n => n;
        if (Take("(?i:"))
            _ignoreCase = true;
        else if (Take("(?-i:"))
            _ignoreCase = false;
        else if (Take("(?="))
            wrap = n => new PatternNode.LookAhead(n, Negative: false);
        else if (Take("(?!"))
            wrap = n => new PatternNode.LookAhead(n, Negative: true);
        else if (Take("(?>"))
            wrap = n => new PatternNode.Atomic(n);
        else if (!Take("(?:") && (Take("(?") || !Take("(")))
            throw Refuse("this kind of group is not supported");
        var body = ParseAlternation();
        if (!Take(")"))
            throw Refuse("a group is not closed");
        _ignoreCase = ignoreCase;
        return wrap(body);
    }

    private PatternNode ParseQuantifiers(PatternNode atom)
    {
        while (!AtEnd && ParseCounts() is var (minimum, maximum, isInterval))
        {
            var kind = RepetitionKind.Greedy;
            if (Take("?"))
                kind = RepetitionKind.Lazy;
            else if (!isInterval && Take("+"))
                kind = RepetitionKind.Possessive;
            atom = new PatternNode.Repetition(atom, minimum, maximum, kind);
        }

        return atom;
    }

    private (int Minimum, int Maximum, bool IsInterval)? ParseCounts()
    {
        if (Take("*"))
            return (0, int.MaxValue, false);
        if (Take("+"))
            return (1, int.MaxValue, false);
        if (Take("?"))
            return (0, 1, false);
        int close = Current == '{' ? _pattern.IndexOf('}', _at) : -1;
        if (close < 0)
            return null;
        string[] parts = _pattern[(_at + 1)..close].Split(',');
        if (parts.Length > 2 || parts.Any(p => p.Any(c => !char.IsAsciiDigit(c)) || p.Length > 3) || parts.All(p => p.Length == 0))
            return null;
        _at = close + 1;
        int minimum = parts[0].Length == 0 ? 0 : int.Parse(parts[0], CultureInfo.InvariantCulture);
        int maximum = parts.Length == 1 ? minimum : parts[1].Length == 0 ? int.MaxValue : int.Parse(parts[1], CultureInfo.InvariantCulture);
        return minimum <= maximum ? (minimum, maximum, true) : throw Refuse("the interval is reversed");
    }

    private PatternNode ParseEscape()
    {
        if (Take("\\A"))
            return new PatternNode.Anchor(AnchorKind.TextStart);
        if (Take("\\z"))
            return new PatternNode.Anchor(AnchorKind.TextEnd);
        if (Take("\\b"))
            return new PatternNode.Anchor(AnchorKind.WordBoundary);
        if (Take("\\B"))
            return new PatternNode.Anchor(AnchorKind.NotWordBoundary);
        // Case is ignored for characters and classes, but not for \w, \p{Lu} and their kind.
        var (set, literal) = ParseClassEscape();
        return set != null ? new PatternNode.One(set) : Literal(literal);
    }

    private PatternNode.One Literal(int codePoint) => new(AnyCase(CodePointSet.Of(codePoint)));

    private CodePointSet AnyCase(CodePointSet set) => _ignoreCase ? set.WithAllCases() : set;

    /// <summary>An escape with the same meaning inside and outside a class: a set, or one code point.</summary>
    private (CodePointSet? Set, int Literal) ParseClassEscape()
    {
        _at++;
        if (AtEnd)
            throw Refuse("the pattern ends in a backslash");
        char escape = _pattern[_at++];
        switch (escape)
        {
            case 's': return (UnicodeTables.Space, 0);
            case 'S': return (UnicodeTables.Space.Complement(), 0);
            case 'd': return (UnicodeTables.Set("digit"), 0);
            case 'D': return (UnicodeTables.Set("digit")!.Complement(), 0);
            case 'w': return (UnicodeTables.Word, 0);
            case 'W': return (UnicodeTables.Word.Complement(), 0);
            case 'p' or 'P': return (ParseProperty(negated: escape == 'P'), 0);
            case 'n': return (null, '\n');
            case 'r': return (null, '\r');
            case 't': return (null, '\t');
            case 'f': return (null, '\f');
            case 'v': return (null, '\v');
            case 'a': return (null, '\a');
            case 'e': return (null, 0x1B);
            case 'x': return (null, Take("{") ? ParseHex(_pattern.IndexOf('}', _at) - _at, close: "}") : ParseHex(2));
            case 'u': return (null, ParseHex(4));
            case var c when char.IsAsciiLetterOrDigit(c): throw Refuse($"the escape '\\{c}' is not supported");
            default:
                _at--;
                return (null, TakeCodePoint());
        }
    }

    private CodePointSet ParseProperty(bool negated)
    {
        int close = Take("{") ? _pattern.IndexOf('}', _at) : -1;
        if (close < 0)
            throw Refuse("\\p needs a name in braces");
        negated ^= Take("^");
        string name = _pattern[_at..close];
        // The names in lower case are the table's own.
        var set = name.Length > 0 && char.IsAsciiLetterUpper(name[0]) ? UnicodeTables.Set(name) : null;
        if (set == null)
            throw Refuse($"the property '{name}' is not supported");
        _at = close + 1;
        return negated ? set.Complement() : set;
    }

    private int ParseHex(int digits, string close = "")
    {
        if (digits is < 1 or > 6 || _at + digits > _pattern.Length
            || !int.TryParse(_pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
            throw Refuse("a code point needs hexadecimal digits");
        _at += digits + close.Length;
        return value;
    }

    /// <summary>A class in brackets. Case is ignored before the class is negated, so that <c>(?i:[^a])</c> leaves out A as well.</summary>
    private CodePointSet ParseClass()
    {
        if (++_depth > MaximumDepth)
            throw Refuse($"classes are nested more than {MaximumDepth} deep");
        _at++;
        bool negated = Take("^");
        var union = new List<CodePointSet>();
        var whole = CodePointSet.All;
        for (bool first = true; ; first = false)
        {
            if (AtEnd)
                throw Refuse("a class is not closed");
            if (Current == ']' && !first)
                break;
            if (Take("&&"))
            {
                whole = whole.Intersect(CodePointSet.Union([.. union]));
                union = [];
            }
            else
            {
                union.Add(ParseClassItem());
            }
        }

        _at++;
        _depth--;
        whole = AnyCase(whole.Intersect(CodePointSet.Union([.. union])));
        return negated ? whole.Complement() : whole;
    }

    private CodePointSet ParseClassItem()
    {
        if (Current == '[')
            return _pattern.AsSpan(_at).StartsWith("[:") ? throw Refuse("POSIX classes are not supported") : ParseClass();
        var (set, low) = Current == '\\' ? ParseClassEscape() : (null, TakeCodePoint());
        if (set != null)
            return set;
        if (_at + 1 >= _pattern.Length || Current != '-' || _pattern[_at + 1] == ']')
            return CodePointSet.Of(low);
        _at++;
        var (highSet, high) = Current == '\\' ? ParseClassEscape() : (null, TakeCodePoint());
        if (highSet != null || high < low)
            throw Refuse("the range in a class has no end or is reversed");
        return CodePointSet.Range(low, high);
    }

    private bool Take(string text)
    {
        if (!_pattern.AsSpan(_at).StartsWith(text, StringComparison.Ordinal))
            return false;
        _at += text.Length;
        return true;
    }

    private int TakeCodePoint()
    {
        if (Rune.DecodeFromUtf16(_pattern.AsSpan(_at), out var rune, out int length) != System.Buffers.OperationStatus.Done)
            throw Refuse("the pattern is not valid Unicode");
        _at += length;
        return rune.Value;
    }

    private FormatException Refuse(string reason) =>
        new($"the regular expression {_pattern} cannot be used: {reason} (character {_at + 1})");
}
