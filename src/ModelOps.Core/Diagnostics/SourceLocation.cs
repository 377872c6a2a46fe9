namespace ModelOps.Core.Diagnostics;

/// <summary>A place in a file. Line and column count from 1; 0 means unknown.</summary>
public readonly record struct SourceLocation(string File, int Line = 0, int Column = 0)
{
    /// <summary>MSBuild's form: <c>file(line,column)</c>, as much of it as is known.</summary>
    public override string ToString() => (Line, Column) switch
    {
        (0, _) => File,
        (_, 0) => $"{File}({Line})",
        _ => $"{File}({Line},{Column})",
    };
}
