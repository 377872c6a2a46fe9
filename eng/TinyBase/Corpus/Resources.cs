namespace TinyBase.Corpus;

/// <summary>Word lists and sentence templates, embedded so that the corpus depends on no working folder.</summary>
internal static class Resources
{
    public static IReadOnlyList<string> Lines(string name)
    {
        using var stream = typeof(Resources).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the embedded text '{name}' is missing");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    public static IReadOnlyList<string> Templates(string name) => Lines("Templates/" + name);

    /// <summary>Templates with columns, separated by <paramref name="separator"/>.</summary>
    public static IReadOnlyList<string[]> Columns(string name, string separator) =>
        Templates(name).Select(l => l.Split(separator, StringSplitOptions.TrimEntries)).ToList();

    public static IReadOnlyList<string> Words(string name) => Templates(name).SelectMany(SplitList).ToList();

    public static string[] SplitList(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
