namespace ModelOps.TestUtilities;

/// <summary>A folder feed with the packed SDK, made once per test run, and the package cache that goes with it.</summary>
public static class SdkFeed
{
    private static readonly Lazy<string> s_root = new(Make);

    public static string Packages => Path.Combine(s_root.Value, "feed");

    /// <summary>For <c>NUGET_PACKAGES</c>: nothing may be served from an older pack of the same version.</summary>
    public static string Cache => Path.Combine(s_root.Value, "cache");

    private static string Make()
    {
        string root = Directory.CreateTempSubdirectory("modelops-sdk-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        using FileStream alone = OnePackAtATime();
        ProcessResult pack = Dotnet.Run(
            SourceTree.Root,
            new Dictionary<string, string>(),
            "pack", Path.Combine("src", "ModelOps.Sdk", "ModelOps.Sdk.csproj"), "--no-build", "-c", SourceTree.Configuration, "-o", Path.Combine(root, "feed"), "-v", "q");
        return pack.ExitCode == 0 ? root : throw new InvalidOperationException("The SDK could not be packed:\n" + pack.Output);
    }

    /// <summary>Packing writes into the project's obj folder, and several test processes may want to.</summary>
    internal static FileStream OnePackAtATime()
    {
        string path = Path.Combine(SourceTree.Root, "artifacts", "test-pack.lock");
        for (DateTime end = DateTime.UtcNow.AddMinutes(5); ; Thread.Sleep(200))
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTime.UtcNow < end)
            {
            }
        }
    }
}
