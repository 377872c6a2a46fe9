using System.Text;
using ModelOps.Core.Making;

namespace ModelOps.Pipeline.Making;

/// <summary>The files that a person names by file or folder.</summary>
internal static class MakingSources
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Files as named; of a folder those with one of the endings, in ordinal order of their paths.</summary>
    public static string[] Files(IReadOnlyList<string> sources, params string[] endings) => [.. sources.SelectMany(source => Directory.Exists(source)
        ? (IEnumerable<string>)Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(file => endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)
        : [source]).DistinctBy(Path.GetFullPath)];

    public static string Text(string file)
    {
        try
        {
            return s_strictUtf8.GetString(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw MakingErrors.UnreadableFile(file, e is DecoderFallbackException ? "it is not UTF-8." : e.Message);
        }
    }

    /// <summary>For people: <c>3 rejected, 2 cut</c>.</summary>
    public static string PassedOver(IReadOnlyDictionary<string, int> counts) => counts.Count == 0 ? "" : $"; passed over: {string.Join(", ", counts.Select(c => $"{c.Value} {c.Key}"))}";

    public static string Rows(int count) => count == 1 ? "1 row" : $"{count} rows";
}
