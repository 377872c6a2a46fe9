using System.Text;
using ModelOps.Core.Artifacts;

namespace ModelOps.Pipeline.Files;

/// <summary>
/// What a stage leaves when it succeeded: facts for the next build's one line, and the stat of every file that it wrote. A stage without a receipt runs;
/// a receipt whose files are no longer as written is withdrawn by the look.
/// Format: a line <c>modelops-receipt 1</c>, lines <c>name=value</c>, lines <c>file TAB path TAB size TAB mtime TAB inode</c>, paths relative to the receipt.
/// </summary>
public sealed class Receipt
{
    private const string Magic = "modelops-receipt 1";
    private const string FilePrefix = "file\t";
    private readonly Dictionary<string, string> _facts = new(StringComparer.Ordinal);
    private readonly List<string> _files = [];

    public string? this[string fact] => _facts.GetValueOrDefault(fact);

    public static Receipt? Read(string path)
    {
        string[] lines = Lines(path);
        if (lines.Length == 0 || lines[0] != Magic)
        {
            return null;
        }

        var receipt = new Receipt();
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (string line in lines.AsSpan(1))
        {
            if (line.StartsWith(FilePrefix, StringComparison.Ordinal))
            {
                string[] parts = line.Split('\t', 3);
                receipt._files.Add($"{FilePrefix}{Path.GetFullPath(parts[1], folder)}\t{parts[^1]}");
            }
            else if (line.IndexOf('=') is var at and > 0)
            {
                receipt._facts[line[..at]] = line[(at + 1)..];
            }
        }

        return receipt;
    }

    private static string[] Lines(string path)
    {
        try
        {
            return System.IO.File.Exists(path) ? System.IO.File.ReadAllLines(path) : [];
        }
        catch (FileNotFoundException)
        {
            return []; // A build beside this one has just withdrawn it.
        }
    }

    /// <summary>From now on the stage has not succeeded.</summary>
    public static void Withdraw(string path)
    {
        if (System.IO.File.Exists(path))
        {
            System.IO.File.Delete(path);
        }
    }

    public Receipt Fact(string name, string value)
    {
        _facts[name] = value.ReplaceLineEndings(" ");
        return this;
    }

    /// <summary>Adds a file that the stage wrote, as it is now.</summary>
    public Receipt File(string path)
    {
        _files.Add(Line(path) ?? throw new FileNotFoundException("A stage cannot sign for a file that it did not write.", path));
        return this;
    }

    public Receipt Files(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            File(path);
        }

        return this;
    }

    /// <summary>Whether every file is still as written.</summary>
    public bool Holds()
    {
        foreach (string line in _files)
        {
            string path = line[FilePrefix.Length..line.IndexOf('\t', FilePrefix.Length)];
            if (Line(path) != line)
            {
                return false;
            }
        }

        return true;
    }

    public void Write(string path)
    {
        var text = new StringBuilder(Magic).Append('\n');
        foreach ((string name, string value) in _facts)
        {
            text.Append(name).Append('=').Append(value).Append('\n');
        }

        // Relative to the receipt: a repository that moved is as it was.
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (string line in _files)
        {
            string[] parts = line.Split('\t', 3);
            text.Append(FilePrefix).Append(Path.GetRelativePath(folder, parts[1])).Append('\t').Append(parts[2]).Append('\n');
        }


        // Written in any case: MSBuild compares the receipt's time with its inputs'.
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    // ctime stays out: it moves when the store links the file once more.
    private static string? Line(string path)
        => FileStamp.Of(path) is { } stamp ? $"{FilePrefix}{path}\t{stamp.Size}\t{stamp.Modified}\t{stamp.Inode}" : null;
}
