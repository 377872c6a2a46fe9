using System.Text;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Artifacts;

/// <summary>
/// Answers that nobody could give again, on their way into the store: <c>answers/&lt;key&gt;.journal</c>, a line <c>sha256 SPACE json</c> for each, on the disk
/// before the next one is looked at. Whoever is killed has lost no answer that had come; the next one finds them here. One process at a time
/// asks for a subject: the second waits and then finds the answers of the first.
/// </summary>
public sealed class AnswerJournal : IDisposable
{
    private readonly ModelStore _store;
    private readonly ActionKey _subject;
    private readonly bool _paid;
    private readonly StoreLock _lock;
    private FileStream? _file;

    private AnswerJournal(ModelStore store, ActionKey subject, bool paid, StoreLock held) => (_store, _subject, _paid, _lock) = (store, subject, paid, held);

    /// <summary>Waits for its turn, and puts what an earlier run left into the store.</summary>
    /// <param name="paid">The answers cost money: they are collected only when that is asked for.</param>
    /// <exception cref="DiagnosticException">The store cannot be written.</exception>
    public static async Task<AnswerJournal> OpenAsync(ModelStore store, ActionKey subject, bool paid, CancellationToken cancellation)
    {
        StoreLock held = await store.LockAsync(LockOf(subject), null, cancellation).ConfigureAwait(false);
        var journal = new AnswerJournal(store, subject, paid, held);
        try
        {
            await journal.SettleAsync(cancellation).ConfigureAwait(false);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Writes an answer to the disk, and returns when it is there.</summary>
    /// <exception cref="DiagnosticException">The store cannot be written.</exception>
    public void Add(AnswerLine answer)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(JournalPath)!);
            _file ??= new FileStream(JournalPath, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            string json = JsonSerializer.Serialize(answer, WorkerJson.Options);
            _file.Write(Encoding.UTF8.GetBytes($"{Digest.Of(Encoding.UTF8.GetBytes(json)).Hex} {json}\n"));
            _file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(StoreErrors.NotWritable(_store.Root, e.Message), e);
        }
    }

    /// <summary>Moves all answers of the journal into the store.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        _file?.Dispose();
        _file = null;
        if (!File.Exists(JournalPath))
        {
            return;
        }

        await _store.Answers.PutAsync(_subject, Read(JournalPath), cancellation, _paid).ConfigureAwait(false);
        File.Delete(JournalPath);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _lock.Dispose();
    }

    private string JournalPath => Path.ChangeExtension(_store.Answers.PathOf(_subject), ".journal");

    private static ActionKey LockOf(ActionKey subject) => new KeyFields().Add("subject", subject).ToKey("answers-journal");

    /// <summary>The whole lines; one that a kill cut short ends the journal.</summary>
    private static List<AnswerLine> Read(string path)
    {
        var answers = new List<AnswerLine>();
        foreach (string line in File.ReadLines(path, Encoding.UTF8))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || Digest.Of(Encoding.UTF8.GetBytes(line[(space + 1)..])).Hex != line[..space])
            {
                break;
            }

            answers.Add(JsonSerializer.Deserialize<AnswerLine>(line[(space + 1)..], WorkerJson.Options)!);
        }

        return answers;
    }
}
