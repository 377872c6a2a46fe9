namespace ModelOps.Core.Artifacts;

/// <summary>Somebody may delete the store at any moment; what was being written is then written once more, folders and all, instead of being lost.</summary>
internal static class StoreWrite
{
    private const int Attempts = 5;

    /// <summary>The system refused to write. A file above the limit of a disk or a user (EFBIG; 4 GiB on FAT) comes as an argument out of range from the BCL.</summary>
    public static bool IsFailure(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    public static T Repeat<T>(Func<T> write)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return write();
            }
            catch (Exception e) when (attempt < Attempts && e is DirectoryNotFoundException or FileNotFoundException)
            {
            }
        }
    }
}
