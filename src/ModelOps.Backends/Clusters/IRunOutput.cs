namespace ModelOps.Backends.Clusters;

/// <summary>Reads what a command says, wherever it runs.</summary>
public interface IRunOutput
{
    /// <summary>The command is started, or started again: what was said before is of no account.</summary>
    void Begin();

    /// <param name="line">Of standard output.</param>
    void Output(string line);

    /// <param name="line">Of standard error.</param>
    void Error(string line);
}
