using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Evaluation;

/// <summary>
/// Which tuned models of a project were looked at on which held-out rows: <c>looks/&lt;project&gt;/&lt;set&gt;.txt</c> in the store. The best of several looks better than it
/// is, so the number is shown. A set that shares at least half of its rows with another one inherits that one's looks: a row more is no fresh set. Projects do not
/// count for each other: who picks the best of several looks at several models of one project.
/// </summary>
/// <param name="project">The project's name: its clones count together.</param>
public sealed class HeldOutLedger(string storeRoot, string project)
{
    /// <summary>From this many tuned models on a person is told.</summary>
    public const int Many = 3;

    private const string Header = "modelops-looks 1";
    private const int ProjectDigits = 16;

    // By digest: a name may hold what a folder's may not.
    private string Folder => Path.Combine(storeRoot, "looks", Digest.Of(Encoding.UTF8.GetBytes(project)).Hex[..ProjectDigits]);

    /// <summary>Notes a look and returns how many different tuned models of the project these rows have judged by now, on this store.</summary>
    /// <param name="set">Digest of the set.</param>
    /// <param name="rows">Ids of its rows.</param>
    public int Add(Digest set, IReadOnlyCollection<string> rows, ActionKey training)
    {
        string path = Path.Combine(Folder, set.Hex + ".txt");
        Look own = Look.TryRead(path) ?? new Look(rows.ToHashSet(StringComparer.Ordinal), []);
        if (own.Models.Add(training.ToString()))
        {
            Keep(path, own);
        }

        IEnumerable<Look> related = !Directory.Exists(Folder) ? [] : Directory.EnumerateFiles(Folder, "*.txt").Select(Look.TryRead).OfType<Look>()
            .Where(other => 2 * own.Rows.Count(other.Rows.Contains) >= own.Rows.Count);
        return own.Models.Union(related.SelectMany(look => look.Models)).Count();
    }

    private void Keep(string path, Look look)
    {
        try
        {
            Directory.CreateDirectory(Folder);
            AtomicFile.Write(path, look.ToBytes());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A store that cannot be written forgets this look; the figures are as good without it.
        }
    }

    private sealed record Look(HashSet<string> Rows, HashSet<string> Models)
    {
        /// <summary>Null where there is no file, or one that cannot be read: it only counts.</summary>
        public static Look? TryRead(string path)
        {
            try
            {
                string[] lines = File.Exists(path) ? File.ReadAllLines(path) : [];
                return lines.Length > 0 && lines[0] == Header ? new Look(Of(lines, "row "), Of(lines, "model ")) : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Join('\n', (string[])
            [Header, .. Rows.Order(StringComparer.Ordinal).Select(r => "row " + r), .. Models.Order(StringComparer.Ordinal).Select(m => "model " + m)]) + "\n");

        private static HashSet<string> Of(string[] lines, string prefix)
            => [.. lines.Where(l => l.StartsWith(prefix, StringComparison.Ordinal)).Select(l => l[prefix.Length..])];
    }
}
