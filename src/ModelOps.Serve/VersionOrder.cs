using System.Globalization;

namespace ModelOps.Serve;

/// <summary>Package versions in the order of Semantic Versioning 2.0.0, section 11; NuGet's fourth number counts after the third.</summary>
internal sealed class VersionOrder : IComparable<VersionOrder>
{
    private readonly Version _numbers;
    private readonly string[] _prerelease;

    private VersionOrder(Version numbers, string[] prerelease) => (_numbers, _prerelease) = (numbers, prerelease);

    /// <summary>What is no version comes before all that are.</summary>
    public static VersionOrder Of(string version)
    {
        string[] parts = version.Split('+')[0].Split('-', 2);
        return Version.TryParse(parts[0], out Version? numbers)
            ? new VersionOrder(new Version(numbers.Major, numbers.Minor, Math.Max(0, numbers.Build), Math.Max(0, numbers.Revision)), parts.Length > 1 ? parts[1].Split('.') : [])
            : new VersionOrder(new Version(), ["0"]);
    }

    public int CompareTo(VersionOrder? other)
    {
        if (other is null)
        {
            return 1;
        }

        if (_numbers.CompareTo(other._numbers) is var numbers && numbers != 0)
        {
            return numbers;
        }

        if (_prerelease.Length == 0 || other._prerelease.Length == 0)
        {
            return (_prerelease.Length == 0).CompareTo(other._prerelease.Length == 0); // the release comes last
        }

        foreach ((string mine, string theirs) in _prerelease.Zip(other._prerelease))
        {
            if (Compare(mine, theirs) is var order && order != 0)
            {
                return order;
            }
        }

        return _prerelease.Length.CompareTo(other._prerelease.Length);
    }

    private static int Compare(string mine, string theirs)
    {
        bool a = ulong.TryParse(mine, NumberStyles.None, CultureInfo.InvariantCulture, out ulong left);
        bool b = ulong.TryParse(theirs, NumberStyles.None, CultureInfo.InvariantCulture, out ulong right);
        return a && b ? left.CompareTo(right) : a != b ? (a ? -1 : 1) : string.Compare(mine, theirs, StringComparison.OrdinalIgnoreCase);
    }
}
