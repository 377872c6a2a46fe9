namespace ModelOps.Core.Signing;

/// <summary>An SPDX licence expression, and whether licences that one accepts satisfy it.</summary>
/// <remarks>Grammar: SPDX specification, annex "SPDX license expressions": <c>OR</c> binds looser than <c>AND</c>, <c>WITH</c> names an exception.</remarks>
public sealed class SpdxExpression
{
    private const int MostNesting = 50;

    private readonly Func<Func<string, bool>, bool> _satisfied;

    private SpdxExpression(Func<Func<string, bool>, bool> satisfied) => _satisfied = satisfied;

    /// <summary>Null when the text is no expression.</summary>
    public static SpdxExpression? TryParse(string text)
    {
        var parser = new Parser(text);
        return parser.Either(0) is { } satisfied && parser.AtEnd ? new SpdxExpression(satisfied) : null;
    }

    /// <summary>One of the alternatives of every <c>OR</c>, and all parts of every <c>AND</c>, are accepted.</summary>
    /// <param name="accepts">Told an identifier as it is written, such as <c>MIT</c> or <c>GPL-2.0-only WITH Classpath-exception-2.0</c>.</param>
    public bool IsSatisfiedBy(Func<string, bool> accepts) => _satisfied(accepts);

    private sealed class Parser(string text)
    {
        private readonly string[] _tokens = text.Replace("(", " ( ", StringComparison.Ordinal).Replace(")", " ) ", StringComparison.Ordinal)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

        private int _at;

        public bool AtEnd => _at == _tokens.Length;

        public Func<Func<string, bool>, bool>? Either(int depth) => Chain("OR", () => Both(depth), (left, right) => accepts => left(accepts) || right(accepts));

        private Func<Func<string, bool>, bool>? Both(int depth) => Chain("AND", () => One(depth), (left, right) => accepts => left(accepts) && right(accepts));

        private Func<Func<string, bool>, bool>? One(int depth)
        {
            if (Take("("))
            {
                return depth < MostNesting && Either(depth + 1) is { } inner && Take(")") ? inner : null;
            }

            if (Identifier() is not { } licence)
            {
                return null;
            }

            string? exception = Take("WITH") ? Identifier() : "";
            string name = exception is { Length: > 0 } ? $"{licence} WITH {exception}" : licence;
            return exception is null ? null : accepts => accepts(name);
        }

        private Func<Func<string, bool>, bool>? Chain(
            string word, Func<Func<Func<string, bool>, bool>?> part, Func<Func<Func<string, bool>, bool>, Func<Func<string, bool>, bool>, Func<Func<string, bool>, bool>> join)
        {
            Func<Func<string, bool>, bool>? all = part();
            while (all is not null && Take(word))
            {
                all = part() is { } next ? join(all, next) : null;
            }

            return all;
        }

        private string? Identifier()
            => !AtEnd && _tokens[_at] is not ("OR" or "AND" or "WITH") && _tokens[_at].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+' or ':') ? _tokens[_at++] : null;

        private bool Take(string word)
        {
            bool taken = !AtEnd && _tokens[_at] == word;
            _at += taken ? 1 : 0;
            return taken;
        }
    }
}
