namespace ModelOps.Benchmarks;

/// <summary>A folder of this run, deleted when the process ends.</summary>
internal static class Scratch
{
    private static readonly Lazy<string> s_folder = new(Create);

    public static string Folder => s_folder.Value;

    private static string Create()
    {
        string folder = Directory.CreateTempSubdirectory("modelops-bench-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
