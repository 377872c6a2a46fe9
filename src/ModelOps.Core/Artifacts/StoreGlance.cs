using System.Text.Json;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Artifacts;

/// <summary>
/// What a store seems to hold, for plans: it reads records and looks at sizes, verifies no content, takes no lock and writes nothing.
/// A build finds out for certain (<see cref="ModelStore.TryGet"/>).
/// </summary>
public sealed class StoreGlance(string root)
{
    /// <summary>Whether a result with all its files seems to be there.</summary>
    public bool Has(ActionKey key)
    {
        try
        {
            StoredAction action = StoredAction.Parse(File.ReadAllBytes(Path.Combine(root, "actions", $"{key.Hex}.json")));
            return action.Key == key && action.Files.All(file => new FileInfo(Path.Combine(root, "cas", file.Digest.Hex[..2], file.Digest.Hex)) is { Exists: true } blob && blob.Length == file.Size);
        }
        catch (Exception e) when (e is FormatException or JsonProblemException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The kept answers of a subject, by row and repeat; <see cref="AnswerCache"/>.</summary>
    public IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> Answers(ActionKey subject)
    {
        try
        {
            return AnswerCache.Parse(File.ReadAllBytes(Path.Combine(root, "answers", $"{subject.Hex}.jsonl")));
        }
        catch (Exception e) when (e is FormatException or JsonException or IOException or UnauthorizedAccessException)
        {
            return new Dictionary<(string, int), AnswerLine>();
        }
    }

    /// <summary>The fields of a recorded action whose key begins with these hexadecimal digits; empty when there is none.</summary>
    public IReadOnlyList<FingerprintFile> Find(string prefix, string stage)
    {
        string folder = Path.Combine(root, "actions");
        var found = new List<FingerprintFile>();
        foreach (string path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, $"{prefix}*.json") : [])
        {
            try
            {
                StoredAction action = StoredAction.Parse(File.ReadAllBytes(path));
                found.AddRange(action.Stage == stage ? [new FingerprintFile(action.Stage, action.Key, action.Fields)] : []);
            }
            catch (Exception e) when (e is FormatException or JsonProblemException or IOException or UnauthorizedAccessException)
            {
                // Damaged records are the store's business.
            }
        }

        return found;
    }
}
