using System.Text;
using ModelOps.Engine.Tokenization.Patterns;

namespace ModelOps.Engine.Tokenization;

/// <summary>What a component looks for: a literal string, or a regular expression.</summary>
internal sealed class TextSearch
{
    private readonly string? _literal;
    private readonly TextPattern? _pattern;
    private readonly JsonComponent? _source;

    public TextSearch(string literal) => _literal = literal;

    /// <param name="pattern">What is looked for.</param>
    /// <param name="source">Where a failure lies; null for a pattern that cannot fail.</param>
    public TextSearch(TextPattern pattern, JsonComponent? source = null) => (_pattern, _source) = (pattern, source);

    /// <param name="json">An object with <c>String</c> or <c>Regex</c>.</param>
    /// <param name="allowEmpty">What can match nothing is accepted.</param>
    public static TextSearch Read(JsonComponent json, bool allowEmpty = true)
    {
        if (json.OptionalText("String") is { } literal)
            return literal.Length > 0 ? new TextSearch(literal) : throw json.Refuse("an empty string cannot be searched for");
        try
        {
            var pattern = new TextPattern(json.Text("Regex"));
            return allowEmpty || !pattern.CanBeEmpty ? new TextSearch(pattern, json with { Element = default }) : throw json.Refuse("a pattern that can match nothing is not supported here");
        }
        catch (FormatException e)
        {
            throw json.Refuse(e.Message);
        }
    }

    /// <summary>The matches in order, as the reference finds them: an empty one is none where the last match ended.</summary>
    public Matches FindAll(ReadOnlySpan<char> text) => new(this, text);

    public string Replace(string text, string content)
    {
        if (_literal != null)
            return text.Replace(_literal, content, StringComparison.Ordinal);
        var result = new StringBuilder();
        int copied = 0;
        var matches = FindAll(text);
        while (matches.MoveNext())
        {
            result.Append(text, copied, matches.Start - copied).Append(content);
            copied = matches.End;
        }

        return result.Append(text, copied, text.Length - copied).ToString();
    }

    private bool Find(ReadOnlySpan<char> text, int from, ref long stepsLeft, out int start, out int end)
    {
        if (_pattern != null)
        {
            try
            {
                return _pattern.Find(text, from, ref stepsLeft, out start, out end);
            }
            catch (PatternLimitException e) when (_source is { } source)
            {
                throw source.Refuse($"{e.Message} of {text.Length} characters; repetitions within repetitions, such as (a+)+, are the usual cause");
            }
        }

        int found = text[from..].IndexOf(_literal, StringComparison.Ordinal);
        start = found < 0 ? -1 : from + found;
        end = start + _literal!.Length;
        return found >= 0;
    }

    public ref struct Matches(TextSearch search, ReadOnlySpan<char> text)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private long _stepsLeft = TextPattern.StepLimit(text.Length);
        private int _from;
        private int _start;
        private int _end = -1;

        public readonly int Start => _start;

        public readonly int End => _end;

        public bool MoveNext()
        {
            while (_from <= _text.Length && search.Find(_text, _from, ref _stepsLeft, out int start, out int end))
            {
                if (start == end && end == _end)
                {
                    _from += _from < _text.Length && char.IsHighSurrogate(_text[_from]) ? 2 : 1;
                    continue;
                }

                (_start, _end, _from) = (start, end, end);
                return true;
            }

            return false;
        }
    }
}
