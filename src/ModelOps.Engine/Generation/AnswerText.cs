using System.Text;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Generation;

/// <summary>
/// The text of an answer as its tokens come, ended before the first stop string, wherever the tokens divide that. What could still become
/// part of a stop string, or of a character, is held back.
/// </summary>
internal sealed class AnswerText(Tokenizer tokenizer, IReadOnlyList<string> stopStrings)
{
    private readonly StreamingDecoder _decoder = tokenizer.StreamDecode(skipSpecialTokens: true);
    private readonly StringBuilder _text = new();
    private string _held = "";

    /// <summary>The text that was given out.</summary>
    internal string Text => _text.ToString();

    /// <summary>True once a stop string has come; nothing is added any more.</summary>
    internal bool IsStopped { get; private set; }

    /// <summary>The text that is certain with this token; empty where there is none.</summary>
    internal string Add(int token)
    {
        _held += _decoder.Add(token);
        // What the decoder holds back can complete a stop string, but is no text yet.
        int stop = stopStrings.Count == 0 ? -1 : FirstStop(_held + _decoder.Pending);
        return stop >= 0 ? End(stop) : Give(_held.Length - Uncertain(_held));
    }

    /// <summary>What is left after the last token.</summary>
    internal string Finish()
    {
        if (IsStopped)
            return "";
        _held += _decoder.Flush();
        return Give(_held.Length);
    }

    private string End(int stop)
    {
        IsStopped = true;
        _held += _decoder.Pending;
        return Give(stop);
    }

    private string Give(int count)
    {
        string piece = _held[..count];
        _held = _held[count..];
        _text.Append(piece);
        return piece;
    }

    /// <summary>Where the stop string begins that is complete first; the one that began first, of several.</summary>
    private int FirstStop(string text) => stopStrings
        .Select(s => (Start: text.IndexOf(s, StringComparison.Ordinal), s.Length))
        .Where(at => at.Start >= 0)
        .OrderBy(at => at.Start + at.Length).ThenBy(at => at.Start)
        .Select(at => at.Start).DefaultIfEmpty(-1).First();

    /// <summary>Length of the longest end of the text with which a stop string begins.</summary>
    private int Uncertain(string text)
    {
        for (int length = Math.Min(text.Length, stopStrings.Select(s => s.Length - 1).DefaultIfEmpty(0).Max()); length > 0; length--)
        {
            if (stopStrings.Any(s => s.Length > length && s.AsSpan().StartsWith(text.AsSpan(text.Length - length), StringComparison.Ordinal)))
                return length;
        }

        return 0;
    }
}
