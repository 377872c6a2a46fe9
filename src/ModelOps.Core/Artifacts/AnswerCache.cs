using System.Text;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Artifacts;

/// <summary>
/// Model answers by content: <c>answers/&lt;key&gt;.jsonl</c>, the key over subject and decoding, one line per row and repeat. A first line
/// carries the digest of the rest, so that a damaged file is never taken for answers.
/// </summary>
public sealed class AnswerCache
{
    private const string PaidMark = " paid";
    private readonly ModelStore _store;
    private readonly IStageLog _log;

    internal AnswerCache(ModelStore store, IStageLog log) => (_store, _log) = (store, log);

    /// <summary>The kept answers of a subject, by row id and repeat; empty when there are none.</summary>
    public IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> Get(ActionKey subject)
    {
        Dictionary<(string, int), AnswerLine>? answers = Read(subject);
        if (answers is not null)
        {
            ModelStore.Touch(PathOf(subject));
        }

        return answers ?? [];
    }

    /// <summary>As <see cref="Get"/> would see them; damage is dropped, with a warning. This is no use of the answers.</summary>
    internal bool IsWhole(ActionKey subject) => Read(subject) is not null;

    private Dictionary<(string Id, int Repeat), AnswerLine>? Read(ActionKey subject)
    {
        StoreVersion.Check(_store.Root);
        using IDisposable? use = _store.Use.Share();
        string path = PathOf(subject);
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is FormatException or JsonException or IOException or UnauthorizedAccessException)
        {
            _log.Report(StoreErrors.DamagedAnswers(path, e.Message));
            ModelStore.Drop(path);
            return null;
        }
    }

    /// <summary>Adds answers to those that are kept; one that is kept already stays as it is.</summary>
    /// <param name="paid">They cost money: they are collected only when that is asked for. What was paid once stays paid.</param>
    /// <exception cref="DiagnosticException">The store cannot be written.</exception>
    public async Task PutAsync(ActionKey subject, IEnumerable<AnswerLine> answers, CancellationToken cancellation, bool paid = false)
    {
        using StoreLock held = await _store.LockAsync(LockOf(subject), null, cancellation).ConfigureAwait(false);
        var all = new SortedDictionary<(string Id, int Repeat), AnswerLine>(Comparer<(string Id, int Repeat)>.Create(
            (a, b) => string.CompareOrdinal(a.Id, b.Id) is not 0 and int order ? order : a.Repeat.CompareTo(b.Repeat)));
        foreach (AnswerLine answer in Get(subject).Values.Concat(answers))
        {
            all.TryAdd((answer.Id, answer.Repeat), answer);
        }

        var lines = new StringBuilder();
        foreach (AnswerLine answer in all.Values)
        {
            lines.Append(JsonSerializer.Serialize(answer, WorkerJson.Options)).Append('\n');
        }

        byte[] body = Encoding.UTF8.GetBytes(lines.ToString());
        string mark = paid || IsPaid(subject) ? PaidMark : "";
        byte[] head = Encoding.ASCII.GetBytes($"{Digest.Of(body)}{mark}\n");
        _store.Write(PathOf(subject), [.. head, .. body]);
    }

    internal string PathOf(ActionKey subject) => Path.Combine(_store.Root, "answers", $"{subject.Hex}.jsonl");

    /// <summary>Whether these answers cost money; false also when there are none, or none that can be read.</summary>
    internal bool IsPaid(ActionKey subject)
    {
        try
        {
            using StreamReader reader = new(PathOf(subject), Encoding.ASCII, false, 128);
            return reader.ReadLine()?.EndsWith(PaidMark, StringComparison.Ordinal) ?? false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Another lock than that of the action itself, which the caller may hold.
    internal static ActionKey LockOf(ActionKey subject) => new KeyFields().Add("subject", subject).ToKey("answers-lock");

    internal static Dictionary<(string Id, int Repeat), AnswerLine> Parse(byte[] bytes)
    {
        int end = bytes.AsSpan().IndexOf((byte)'\n');
        string head = end < 0 ? "" : Encoding.ASCII.GetString(bytes, 0, end);
        bool paid = head.EndsWith(PaidMark, StringComparison.Ordinal);
        if (!Digest.TryParse(paid ? head[..^PaidMark.Length] : head, out Digest digest) || Digest.Of(bytes.AsSpan(end + 1)) != digest)
        {
            throw new FormatException("the digest does not fit");
        }

        var answers = new Dictionary<(string, int), AnswerLine>();
        foreach (Range line in bytes.AsSpan(end + 1).Split((byte)'\n'))
        {
            ReadOnlySpan<byte> json = bytes.AsSpan(end + 1)[line];
            if (json.Length > 0)
            {
                AnswerLine answer = JsonSerializer.Deserialize<AnswerLine>(json, WorkerJson.Options) ?? throw new FormatException("a line is null");
                answers.Add((answer.Id, answer.Repeat), answer);
            }
        }

        return answers;
    }
}
