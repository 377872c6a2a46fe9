using System.Text;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Evaluating;

namespace ModelOps.Pipeline.Answering;

/// <summary>
/// <c>eval.lock</c>, for committing: every answer and score of an evaluation by content, so that another machine repeats it without a model,
/// a key or a network. Format: <c>docs/formats/eval-lock.md</c>.
/// </summary>
internal sealed class AnswerLock
{
    private const int Format = 1;

    private readonly Dictionary<string, Dictionary<(string Id, int Repeat), AnswerLine>> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<ScoreLine>> _scores = new(StringComparer.Ordinal);

    /// <summary>Null when there is no such file.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS5121</c>: it is damaged, was changed by hand, or is of another version.</exception>
    public static AnswerLock? Read(string path)
    {
        if (path.Length == 0 || !File.Exists(path))
        {
            return null;
        }

        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is JsonException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw EvaluateErrors.DamagedLock(path, e.Message);
        }
    }

    public IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> Answers(ActionKey subject) => _answers.GetValueOrDefault(subject.ToString()) ?? [];

    /// <summary>Null when it has none of this action.</summary>
    public List<ScoreLine>? Scores(ActionKey action) => _scores.GetValueOrDefault(action.ToString());

    /// <summary>Takes what an evaluation used.</summary>
    public void Add(ActionKey subject, IEnumerable<AnswerLine> answers)
    {
        Dictionary<(string, int), AnswerLine> all = _answers.TryGetValue(subject.ToString(), out var known) ? known : _answers[subject.ToString()] = [];
        foreach (AnswerLine answer in answers)
        {
            all.TryAdd((answer.Id, answer.Repeat), answer);
        }
    }

    /// <inheritdoc cref="Add(ActionKey, IEnumerable{AnswerLine})"/>
    public void Add(ActionKey action, List<ScoreLine> scores) => _scores.TryAdd(action.ToString(), scores);

    /// <summary>Sorted by key, question and repeat: the same answers give the same bytes.</summary>
    public byte[] ToBytes()
    {
        var body = new StringBuilder();
        foreach ((string key, Dictionary<(string Id, int Repeat), AnswerLine> answers) in _answers.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            foreach (AnswerLine answer in answers.Values.OrderBy(a => a.Id, StringComparer.Ordinal).ThenBy(a => a.Repeat))
            {
                body.Append(JsonSerializer.Serialize(new Line(key, answer, null), WorkerJson.Options)).Append('\n');
            }
        }

        foreach ((string key, List<ScoreLine> scores) in _scores.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            foreach (ScoreLine score in scores.OrderBy(s => s.Id, StringComparer.Ordinal))
            {
                body.Append(JsonSerializer.Serialize(new Line(key, null, score), WorkerJson.Options)).Append('\n');
            }
        }

        byte[] lines = Encoding.UTF8.GetBytes(body.ToString());
        byte[] head = JsonSerializer.SerializeToUtf8Bytes(new Head(Format, Digest.Of(lines).ToString()), WorkerJson.Options);
        return [.. head, (byte)'\n', .. lines];
    }

    // A checkout may have turned the line ends.
    internal static AnswerLock Parse(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal);
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        Head? head = end < 0 ? null : JsonSerializer.Deserialize<Head>(text[..end], WorkerJson.Options);
        if (head?.Format != Format || head.Digest != Digest.Of(Encoding.UTF8.GetBytes(text[(end + 1)..])).ToString())
        {
            throw new FormatException(head?.Format == Format ? "its digest does not fit its content" : "its first line is not that of this format");
        }

        var read = new AnswerLock();
        foreach (string line in text[(end + 1)..].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Line entry = JsonSerializer.Deserialize<Line>(line, WorkerJson.Options)!;
            if (entry.Answer is { } answer)
            {
                read.Add(ActionKey.Parse(entry.Key), [answer]);
            }
            else if (entry.Score is { } score)
            {
                (read._scores.TryGetValue(entry.Key, out List<ScoreLine>? scores) ? scores : read._scores[entry.Key] = []).Add(score);
            }
        }

        return read;
    }

    private sealed record Head(int Format, string Digest);

    private sealed record Line(string Key, AnswerLine? Answer, ScoreLine? Score);
}
