using System.Text.Json;

namespace ModelOps.SampleData.Tests;

/// <summary>The committed data, read as anybody would read it.</summary>
internal static class SampleFolder
{
    public static readonly string Adapters = Path.Combine(Root(), "sample-repo", "adapters");

    public static readonly string Template = Path.Combine(Root(), "src", "ModelOps.Templates", "templates", "modelops-adapter");

    /// <summary>System, user and assistant message of each row of a set.</summary>
    public static IReadOnlyList<(string File, string System, string User, string Assistant)> Read(string adapter, string set) =>
    [
        .. from file in Directory.EnumerateFiles(Path.Combine(Adapters, adapter, "data", set), "*.jsonl").Order(StringComparer.Ordinal)
           from line in File.ReadLines(file)
           let messages = Messages(line)
           select (Path.GetFileNameWithoutExtension(file), messages["system"], messages["user"], messages["assistant"]),
    ];

    private static Dictionary<string, string> Messages(string line)
    {
        using JsonDocument row = JsonDocument.Parse(line);
        return row.RootElement.GetProperty("messages").EnumerateArray()
            .ToDictionary(m => m.GetProperty("role").GetString()!, m => m.GetProperty("content").GetString()!, StringComparer.Ordinal);
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ModelOps.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new DirectoryNotFoundException("No ModelOps.sln above the test.");
    }
}
