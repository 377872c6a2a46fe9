using System.Globalization;
using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Artifacts;

/// <summary>
/// The layout of a store, in its file <c>version</c>. 1 had no such file; 2 added uses, pins and paid results and reads everything that 1 wrote.
/// </summary>
internal static class StoreVersion
{
    public const int Current = 2;

    /// <exception cref="DiagnosticException">A later program made this store: what it holds must not be taken for damage.</exception>
    public static void Check(string root)
    {
        string path = PathIn(root);
        string text;
        try
        {
            text = File.Exists(path) ? File.ReadAllText(path).Trim() : "1";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return; // What reads or writes next says what is wrong.
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version > Current)
        {
            throw new DiagnosticException(StoreErrors.UnknownVersion(root, text));
        }
    }

    /// <summary>Before the first write.</summary>
    public static void Write(string root, string temporary)
    {
        string path = PathIn(root);
        if (!File.Exists(path) || File.ReadAllText(path).Trim() == "1")
        {
            AtomicFile.Write(path, temporary, stream => stream.Write(Encoding.ASCII.GetBytes($"{Current}\n")), _ => true);
        }
    }

    private static string PathIn(string root) => Path.Combine(root, "version");
}
