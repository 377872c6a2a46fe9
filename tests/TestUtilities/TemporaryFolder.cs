namespace ModelOps.TestUtilities;

/// <summary>A folder that goes with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("modelops-").FullName;

    public string this[string file] => System.IO.Path.Combine(Path, file);

    public string Write(string file, string text)
    {
        string path = this[file];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
