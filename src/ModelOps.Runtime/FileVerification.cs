namespace ModelOps.Runtime;

/// <summary>When the files of a package and its base are read and compared with their digests.</summary>
public enum FileVerification
{
    /// <summary>The first time a user opens them, and again when one of them was touched: known by size, times and inode. Where the system does not tell when a file
    /// was changed (Windows, macOS), each time.</summary>
    WhenChanged,

    /// <summary>Each time.</summary>
    Always,

    /// <summary>Not at all: somebody else vouches for them, such as an image that is verified as a whole.</summary>
    Never,
}
